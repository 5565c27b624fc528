//! Queries on tasks and modules.

use moss_api::{
    Goal, Module, Page, RecurrenceState, Role, SubjectKind, Task, TaskStatus, Threshold,
    Thresholds, Timestamp, WorkType,
};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    UpdateMany,
};

use crate::store::Database;
use crate::store::Reads;
use crate::store::bounded::{MAX_LIST_ROWS, Part, part};
use crate::store::column::{At, Word};
use crate::store::dialect::{in_others_hands, is_shared, not_by_index};
use crate::store::entity::{module, recurrence, sub_task, task};
use crate::store::judgements;
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<task::Model>, DbErr> {
    task::Entity::find_by_id(id).read_one(db).await
}

/// Thresholds of patrol that tasks have of their own, as their columns have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnThresholds {
    /// How long a sub-task may stand still, in microseconds.
    pub stuck_after: Option<i64>,
    /// How long it may wait for an executor, in microseconds.
    pub starved_after: Option<i64>,
    /// How often it may be rejected.
    pub rework_limit: Option<i64>,
}

/// The smallest of each there is.
pub async fn smallest_thresholds<C: Reads>(db: &C) -> Result<OwnThresholds, DbErr> {
    let smallest = async |column: task::Column| {
        let query = task::Entity::find().select_only().column(column);
        let query = query.filter(column.is_not_null()).order_by_asc(column).limit(1);
        query.into_tuple::<i64>().one(db).await
    };
    Ok(OwnThresholds {
        stuck_after: smallest(task::Column::StuckAfter).await?,
        starved_after: smallest(task::Column::StarvedAfter).await?,
        rework_limit: smallest(task::Column::ReworkLimit).await?,
    })
}

/// One row, which nobody else changes until this transaction ends.
///
/// Who reads what a task has in order to write to it, or writes to several of its sub-tasks, locks
/// it first. So another server neither finishes what is being waited for in between, nor pauses
/// the task, and no two wait for each other.
pub async fn lock(tx: &Tx, id: &str) -> Result<Option<task::Model>, DbErr> {
    task::Entity::find_by_id(id).lock(LockType::Update).read_one(tx.db()).await
}

/// Locks the task of a sub-task; see [`lock`]. SQLite's writer is alone and needs no lock.
pub async fn lock_of(tx: &Tx, sub_task: &str) -> Result<(), DbErr> {
    if !is_shared(tx.db().get_database_backend()) {
        return Ok(());
    }
    let its = Query::select()
        .column(sub_task::Column::TaskId)
        .from(sub_task::Entity)
        .and_where(sub_task::Column::Id.eq(sub_task))
        .to_owned();
    let task = task::Entity::find().filter(task::Column::Id.in_subquery(its));
    task.lock(LockType::Update).read_one(tx.db()).await.map(drop)
}

/// Where others write, too, the first start of a task, which writes to it, is not made in a group: what
/// the group has locked would wait for whoever has locked the task, and that one perhaps for the group.
///
/// # Errors
/// The task counts as in others' hands then, and whoever starts it runs alone.
pub async fn begin_alone(tx: &Tx, id: &str) -> Result<(), DbErr> {
    if tx.commands == 1 || !is_shared(tx.db().get_database_backend()) {
        return Ok(());
    }
    let task = task::Entity::find_by_id(id).read_one(tx.db()).await?;
    if task.is_some_and(|task| task.status.0 == TaskStatus::Active) {
        return Err(in_others_hands());
    }
    Ok(())
}

/// The task of a plan, by the plan's key.
pub async fn by_plan_key<C: Reads>(db: &C, key: &str) -> Result<Option<task::Model>, DbErr> {
    task::Entity::find().filter(task::Column::PlanKey.eq(key)).read_one(db).await
}

/// Unfinished tasks of this name, at most two, oldest first; without those that a plan knows by a
/// key of its own, if so asked.
pub async fn open_called<C: Reads>(
    db: &C,
    name: &str,
    without_keyed: bool,
) -> Result<Vec<task::Model>, DbErr> {
    let mut query = task::Entity::find()
        .filter(task::Column::Name.eq(name))
        .filter(task::Column::Status.is_in(TaskStatus::UNFINISHED.iter().map(|s| s.as_str())))
        .in_order(task::Column::CreatedAt, Sort::OldestFirst)
        .limit(2);
    if without_keyed {
        let is_own = task::Column::PlanKey.is_null().or(task::Column::PlanKey.eq(name));
        query = query.filter(is_own);
    }
    query.read_all(db).await
}

/// Several rows by id, in no order.
pub async fn find_many<C: Reads>(db: &C, ids: &[String]) -> Result<Vec<task::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    task::Entity::find().filter(task::Column::Id.is_in(ids)).read_all(db).await
}

/// A page; an unknown status matches nothing.
pub async fn list(
    db: &Database,
    status: Option<&str>,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<Task>, DbErr> {
    let mut query = task::Entity::find().in_order(task::Column::CreatedAt, sort);
    if let Some(status) = status {
        query = query.filter(task::Column::Status.eq(status));
    }
    page(db, query, request).await
}

/// A page of what people gave, newest first.
pub async fn goals(db: &Database, request: PageRequest) -> Result<Page<Goal>, DbErr> {
    let query = task::Entity::find().filter(task::Column::FromPerson.eq(true));
    page(db, query.in_order(task::Column::CreatedAt, Sort::NewestFirst), request).await
}

impl From<task::Model> for Goal {
    fn from(row: task::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            deadline: row.deadline.map(|at| at.0),
            status: row.status.0.into(),
            created_at: row.created_at.0,
            sub_tasks: row.sub_tasks,
            done: row.done_sub_tasks,
            open: row.open_sub_tasks,
            blocked: Vec::new(),
        }
    }
}

/// Inserts a task.
pub async fn insert(tx: &Tx, row: task::Model) -> Result<(), DbErr> {
    tx.insert([row]).await
}

/// A change of what a planner wrote; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct TaskPatch {
    /// One line.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Whether it comes again.
    pub kind: Option<WorkType>,
    /// From when on something is amiss with its sub-tasks.
    pub thresholds: Option<OwnThresholds>,
}

impl From<Thresholds> for OwnThresholds {
    fn from(thresholds: Thresholds) -> Self {
        const MINUTE: i64 = 60_000_000;
        let after = |minutes: Option<Threshold>| minutes.map(|minutes| minutes.get() * MINUTE);
        Self {
            stuck_after: after(thresholds.stuck_minutes),
            starved_after: after(thresholds.starved_minutes),
            rework_limit: thresholds.rework_rounds.map(Threshold::get),
        }
    }
}

impl task::Model {
    /// What it says of its own.
    pub fn thresholds(&self) -> OwnThresholds {
        let Self { stuck_after, starved_after, rework_limit, .. } = *self;
        OwnThresholds { stuck_after, starved_after, rework_limit }
    }

    /// The same with these.
    #[must_use]
    pub fn with_thresholds(self, of: OwnThresholds) -> Self {
        let OwnThresholds { stuck_after, starved_after, rework_limit } = of;
        Self { stuck_after, starved_after, rework_limit, ..self }
    }
}

/// Changes a task's text while it is not closed. Whether it did is the answer.
pub async fn edit(tx: &Tx, id: &str, patch: TaskPatch) -> Result<bool, DbErr> {
    let mut update = guarded(tx, id, TaskStatus::UNFINISHED);
    if let Some(name) = patch.name {
        update = update.col_expr(task::Column::Name, Expr::val(name));
    }
    if let Some(description) = patch.description {
        update = update.col_expr(task::Column::Description, Expr::val(description));
    }
    if let Some(kind) = patch.kind {
        update = update.col_expr(task::Column::Kind, Expr::val(Word(kind)));
    }
    if let Some(own) = patch.thresholds {
        update = update
            .col_expr(task::Column::StuckAfter, Expr::val(own.stuck_after))
            .col_expr(task::Column::StarvedAfter, Expr::val(own.starved_after))
            .col_expr(task::Column::ReworkLimit, Expr::val(own.rework_limit));
    }
    Ok(tx.execute(update).await? > 0)
}

/// Makes a task known to plans by this key.
pub async fn set_plan_key(tx: &Tx, id: &str, key: &str) -> Result<(), DbErr> {
    let update = task::Entity::update_many()
        .col_expr(task::Column::PlanKey, Expr::val(key))
        .filter(task::Column::Id.eq(id));
    tx.execute(update).await.map(drop)
}

/// Moves a task if it stands at one of `from` and, when `closed` is asked for, has no open
/// sub-task. Whether it did is the answer.
pub async fn transition(
    tx: &Tx,
    id: &str,
    from: &[TaskStatus],
    to: TaskStatus,
    closed: bool,
) -> Result<bool, DbErr> {
    let mut update = guarded(tx, id, from).col_expr(task::Column::Status, Expr::val(Word(to)));
    if closed {
        update = update.filter(task::Column::OpenSubTasks.eq(0));
    }
    Ok(tx.execute(update).await? > 0)
}

fn guarded(tx: &Tx, id: &str, from: &[TaskStatus]) -> UpdateMany<task::Entity> {
    task::Entity::update_many()
        .col_expr(task::Column::UpdatedAt, Expr::val(At(tx.now)))
        .filter(task::Column::Id.eq(id))
        .filter(not_by_index(task::Column::Status).is_in(from.iter().map(|s| s.as_str())))
}

/// Counts new, open sub-tasks, if the task can take any: it is neither closed nor given up.
/// Whether it can is the answer.
pub async fn count_new(tx: &Tx, id: &str, new: i64) -> Result<bool, DbErr> {
    let count = task::Entity::update_many()
        .col_expr(task::Column::SubTasks, Expr::col(task::Column::SubTasks).add(new))
        .col_expr(task::Column::OpenSubTasks, Expr::col(task::Column::OpenSubTasks).add(new))
        .filter(task::Column::Id.eq(id))
        .filter(
            not_by_index(task::Column::Status)
                .is_in(TaskStatus::UNFINISHED.iter().map(|s| s.as_str())),
        );
    Ok(tx.execute(count).await? > 0)
}

/// Counts sub-tasks that are open no more, of which `done` were approved.
pub async fn count_final(tx: &Tx, id: &str, closed: i64, done: i64) -> Result<(), DbErr> {
    let count = task::Entity::update_many()
        .col_expr(task::Column::OpenSubTasks, Expr::col(task::Column::OpenSubTasks).sub(closed))
        .col_expr(task::Column::DoneSubTasks, Expr::col(task::Column::DoneSubTasks).add(done))
        .filter(task::Column::Id.eq(id));
    tx.execute(count).await.map(drop)
}

/// That a part of a task comes again: for an EXISTS.
fn comes_again() -> SelectStatement {
    let column = |column: recurrence::Column| Expr::col((recurrence::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(recurrence::Entity)
        .and_where(
            column(recurrence::Column::TaskId).eq(Expr::col((task::Entity, task::Column::Id))),
        )
        .and_where(column(recurrence::Column::State).eq(RecurrenceState::Active.as_str()))
        .and_where(column(recurrence::Column::SubjectKind).eq(SubjectKind::SubTask.as_str()))
        .to_owned()
}

/// Open tasks whose sub-tasks are all final and come no more, oldest first, without what a role looked at and leaves
/// as it is.
pub async fn all_done<C: Reads>(
    db: &C,
    role: Role,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<task::Model>, DbErr> {
    let column = |column: task::Column| (task::Entity, column);
    let stamp =
        Expr::col(column(task::Column::UpdatedAt)).add(Expr::col(column(task::Column::SubTasks)));
    let judged = judgements::holds(column(task::Column::Id), stamp, role, now);
    let open = TaskStatus::ALL.iter().filter(|s| moss_api::offers_work(**s)).map(|s| s.as_str());
    task::Entity::find()
        .filter(task::Column::Status.is_in(open))
        .filter(task::Column::OpenSubTasks.eq(0))
        .filter(Expr::exists(comes_again()).not())
        .filter(Expr::exists(judged).not())
        .in_order(task::Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Tasks of one status, oldest first.
pub async fn in_status<C: Reads>(
    db: &C,
    status: TaskStatus,
    limit: u64,
) -> Result<Vec<task::Model>, DbErr> {
    task::Entity::find()
        .filter(task::Column::Status.eq(status.as_str()))
        .in_order(task::Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// One module.
pub async fn find_module<C: Reads>(db: &C, id: &str) -> Result<Option<module::Model>, DbErr> {
    module::Entity::find_by_id(id).read_one(db).await
}

/// Every module of a task, in the order they were made.
pub async fn modules<C: Reads>(db: &C, task: &str) -> Result<Vec<module::Model>, DbErr> {
    in_order(task).read_all(db).await
}

fn in_order(task: &str) -> Select<module::Entity> {
    module::Entity::find()
        .filter(module::Column::TaskId.eq(task))
        .in_order(module::Column::CreatedAt, Sort::OldestFirst)
}

/// The modules of a task, in the order they were made, as they are answered.
pub async fn list_modules(db: &Database, task: &str, offset: u64) -> Result<Part<Module>, DbErr> {
    part(db, in_order(task), offset, MAX_LIST_ROWS).await
}

/// Inserts modules.
pub async fn insert_modules(tx: &Tx, rows: Vec<module::Model>) -> Result<(), DbErr> {
    tx.insert(rows).await
}

/// Changes a module's text.
pub async fn edit_module(
    tx: &Tx,
    id: &str,
    name: String,
    description: String,
) -> Result<(), DbErr> {
    let update = module::Entity::update_many()
        .col_expr(module::Column::Name, Expr::val(name))
        .col_expr(module::Column::Description, Expr::val(description))
        .filter(module::Column::Id.eq(id));
    tx.execute(update).await.map(drop)
}

impl From<task::Model> for Task {
    fn from(row: task::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            kind: row.kind.0.into(),
            status: row.status.0.into(),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            all_done: None,
        }
    }
}

impl From<module::Model> for Module {
    fn from(row: module::Model) -> Self {
        Self { id: row.id, task_id: row.task_id, name: row.name, description: row.description }
    }
}

impl task::Model {
    /// A number that grows with every change of the task, and with every sub-task it gets.
    pub fn stamp(&self) -> i64 {
        self.updated_at.0.micros() + self.sub_tasks
    }

    /// There are sub-tasks, and every one is done or cancelled.
    pub fn all_done(&self) -> bool {
        self.open_sub_tasks == 0 && self.sub_tasks > 0
    }
}
