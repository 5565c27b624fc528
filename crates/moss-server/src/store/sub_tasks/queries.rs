//! Reading sub-tasks, each question by an index.

use std::collections::{HashMap, HashSet};

use moss_api::{
    BlockOwner, CLAIMABLE_COUNT_CAP, LeaseLength, Page, Role, SubTask, SubTaskStatus, Timestamp,
};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::paging::{InOrder, Named, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::sub_tasks::leases::wants_renewal;
use crate::store::sub_tasks::{claimable, held};
use crate::store::{At, judgements};
use crate::store::{Database, Reads, Tx};

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// Filters of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this task.
    pub task_id: Option<String>,
    /// Of this module.
    pub module_id: Option<String>,
    /// In this status, verbatim: an unknown word matches nothing.
    pub status: Option<String>,
    /// Held by, or to be reworked by, this agent.
    pub assigned_agent: Option<String>,
    /// Only what may be claimed now.
    pub claimable: bool,
}

/// A page.
pub async fn list(
    db: &Database,
    filter: &Filter,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<SubTask>, DbErr> {
    let mut query = Entity::find().in_order(Column::CreatedAt, sort);
    for (column, value) in [
        (Column::TaskId, &filter.task_id),
        (Column::ModuleId, &filter.module_id),
        (Column::Status, &filter.status),
        (Column::AssignedAgent, &filter.assigned_agent),
    ] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    if filter.claimable {
        query =
            query.filter(Column::Status.eq(SubTaskStatus::Pending.as_str())).filter(claimable());
    }
    page(db, query, request).await
}

/// The agent's most recently changed sub-task of a task.
pub async fn latest<C: Reads>(db: &C, agent: &str, task: &str) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::TaskId.eq(task))
        .in_order(Column::UpdatedAt, Sort::NewestFirst)
        .read_one(db)
        .await
}

/// The sub-tasks `claim-next` gives, in order: highest priority, then oldest.
pub async fn best_claimable<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    best(limit).read_all(db).await
}

/// The same, to be written to. Where several write they are locked, and those that another has
/// locked are passed over.
pub async fn lock_best_claimable(tx: &Tx, limit: u64) -> Result<Vec<Model>, DbErr> {
    let best = best(limit).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    best.read_all(tx.db()).await
}

fn best(limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Column::Status.eq(SubTaskStatus::Pending.as_str()))
        .filter(claimable())
        .order_by_asc(Column::PriorityRank)
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
}

/// How many may be claimed, counted one past [`CLAIMABLE_COUNT_CAP`] at most.
pub async fn count_claimable<C: Reads>(db: &C) -> Result<u64, DbErr> {
    let pending = in_status(SubTaskStatus::Pending).filter(claimable());
    count(db, pending, CLAIMABLE_COUNT_CAP + 1).await
}

/// How many are in a status, counted up to `cap`.
pub async fn count_in<C: Reads>(db: &C, status: SubTaskStatus, cap: u64) -> Result<u64, DbErr> {
    count(db, in_status(status), cap).await
}

/// The ids of those in a status, the longest unchanged first.
pub async fn oldest_in<C: Reads>(
    db: &C,
    status: SubTaskStatus,
    limit: u64,
) -> Result<Vec<String>, DbErr> {
    let ids = in_status(status).select_only().column(Column::Id);
    ids.in_order(Column::UpdatedAt, Sort::OldestFirst).limit(limit).into_tuple().all(db).await
}

fn in_status(status: SubTaskStatus) -> Select<Entity> {
    Entity::find().filter(Column::Status.eq(status.as_str()))
}

async fn count<C: Reads>(db: &C, rows: Select<Entity>, cap: u64) -> Result<u64, DbErr> {
    let some = rows.select_only().column(Column::Id).limit(cap).into_query();
    let count = Query::select()
        .expr_as(Expr::col(Asterisk).count(), "found")
        .from_subquery(some, "sub_query")
        .to_owned();
    let row = db.query_one(&count).await?;
    let found = row.map(|row| row.try_get::<i64>("", "found")).transpose()?;
    Ok(found.and_then(|found| u64::try_from(found).ok()).unwrap_or(0))
}

/// An agent's open work of one status, oldest first.
pub async fn of_agent<C: Reads>(
    db: &C,
    agent: &str,
    status: SubTaskStatus,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.eq(status.as_str()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit);
    if status == SubTaskStatus::Assigned {
        query = query.filter(claimable());
    }
    query.read_all(db).await
}

/// What an agent holds, oldest first.
pub async fn held_by<C: Reads>(db: &C, agent: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(held()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// What an agent holds or is to take up again, oldest first.
pub async fn in_hands_of<C: Reads>(db: &C, agent: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(in_hands()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .read_all(db)
        .await
}

/// How much each of these agents has in its hands; one that has nothing is left out.
pub async fn count_in_hands<C: Reads>(
    db: &C,
    agents: &[String],
) -> Result<HashMap<String, i64>, DbErr> {
    if agents.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<InHands> = Entity::find()
        .select_only()
        .column_as(Column::AssignedAgent, "agent")
        .column_as(Column::Id.count(), "found")
        .filter(Column::AssignedAgent.is_in(agents))
        .filter(Column::Status.is_in(in_hands()))
        .group_by(Column::AssignedAgent)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.agent, row.found)).collect())
}

#[derive(FromQueryResult)]
struct InHands {
    agent: String,
    found: i64,
}

fn in_hands() -> impl Iterator<Item = &'static str> {
    held().chain([SubTaskStatus::Rework.as_str()])
}

/// Sub-tasks of one status that have not changed since `before`, oldest change first.
pub async fn unchanged_since<C: Reads>(
    db: &C,
    status: SubTaskStatus,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    unchanged(status, before, limit).read_all(db).await
}

/// The same without what a role looked at and leaves as it is.
pub async fn unjudged_since<C: Reads>(
    db: &C,
    status: SubTaskStatus,
    before: Timestamp,
    role: Role,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let stamp = Expr::col((Entity, Column::UpdatedAt));
    let judged = judgements::holds((Entity, Column::Id), stamp, role, now);
    unchanged(status, before, limit).filter(Expr::exists(judged).not()).read_all(db).await
}

fn unchanged(status: SubTaskStatus, before: Timestamp, limit: u64) -> Select<Entity> {
    let mut query = Entity::find()
        .filter(Column::Status.eq(status.as_str()))
        .filter(Column::UpdatedAt.lte(At(before)))
        .in_order(Column::UpdatedAt, Sort::OldestFirst)
        .limit(limit);
    if status == SubTaskStatus::Blocked {
        // With a time to try again it comes back by itself, and what a person is to decide waits for
        // no agent.
        query = query
            .filter(Column::RetryAt.is_null())
            .filter(Column::BlockOwner.eq(BlockOwner::Planner.as_str()));
    }
    query
}

/// Sub-tasks whose lease ran out before `now`.
pub async fn expired<C: Reads>(db: &C, now: Timestamp, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::LeaseUntil.lt(At(now))).limit(limit).read_all(db).await
}

/// Blocked sub-tasks whose time to try again has come.
pub async fn to_retry<C: Reads>(db: &C, now: Timestamp, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::RetryAt.lte(At(now))).limit(limit).read_all(db).await
}

/// Whether an agent holds a lease that a call of its prolongs.
pub async fn holds_lease_to_renew<C: Reads>(
    db: &C,
    agent: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let row = Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(held()))
        .filter(wants_renewal(now))
        .limit(1)
        .read_one(db)
        .await?;
    Ok(row.is_some())
}

/// The open sub-tasks of a task.
pub async fn open_of_task<C: Reads>(db: &C, task: &str) -> Result<Vec<Model>, DbErr> {
    let is_final = SubTaskStatus::ALL.iter().filter(|s| s.is_final()).map(|s| s.as_str());
    Entity::find()
        .filter(Column::TaskId.eq(task))
        .filter(Column::Status.is_not_in(is_final))
        .read_all(db)
        .await
}

/// All sub-tasks of a task, oldest first.
pub async fn of_task<C: Reads>(db: &C, task: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::TaskId.eq(task))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .read_all(db)
        .await
}

/// Names by id.
pub async fn names<C: Reads>(
    db: &C,
    ids: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, String>, DbErr> {
    let ids: HashSet<String> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Entity::find().select_only().column(Column::Id).column(Column::Name);
    let rows: Vec<Named> = query.filter(Column::Id.is_in(ids)).into_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The ids of a task's sub-tasks of one status, oldest first.
pub async fn ids_of_task<C: Reads>(
    db: &C,
    task: &str,
    status: SubTaskStatus,
    limit: u64,
) -> Result<Vec<String>, DbErr> {
    let query = Entity::find().select_only().column(Column::Id).column(Column::Name);
    let rows: Vec<Named> = query
        .filter(Column::TaskId.eq(task))
        .filter(Column::Status.eq(status.as_str()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Several rows by id, in no order.
pub async fn find_many<C: Reads>(db: &C, ids: &[String]) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).read_all(db).await
}

impl From<Model> for SubTask {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            task_id: row.task_id,
            module_id: row.module_id,
            name: row.name,
            description: row.description,
            deliverable: row.deliverable,
            acceptance: row.acceptance,
            kind: row.kind.0.into(),
            status: row.status.0.into(),
            priority: row.priority.0.into(),
            assigned_agent: row.assigned_agent,
            current_session_id: row.current_session_id,
            rework_count: row.rework_count,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            completed_at: row.completed_at.map(|at| at.0),
            attempt: row.attempt,
            lease_until: row.lease_until.map(|at| at.0),
            lease_ends_soon: false,
            lease: row.lease_wish.and_then(lease_length),
            deadline: row.deadline.map(|at| at.0),
            block_reason: row.block_reason,
            block_class: row.block_class.map(|class| class.0.into()),
            block_owner: row.block_owner.map(|owner| owner.0.into()),
            block_due: row.block_due.map(|at| at.0),
            retry_at: row.retry_at.map(|at| at.0),
            open_dependencies: row.open_dependencies,
            depends_on: None,
            assigned_agent_name: None,
            recurring_config: None,
        }
    }
}

/// What a column says in microseconds.
fn lease_length(micros: i64) -> Option<LeaseLength> {
    LeaseLength::from_seconds(u64::try_from(micros).ok()? / 1_000_000).ok()
}
