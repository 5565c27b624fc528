//! Queries on sub-tasks. [`shift`] is the only way their status changes.

use moss_api::{CLAIMABLE_COUNT_CAP, Page, Priority, SubTask, SubTaskStatus, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::store::column::{At, Word};
use crate::store::entity::sub_task::{ActiveModel, Column, Entity, Model};
use crate::store::entity::{attempt, dependency};
use crate::store::insert::{all_set, insert_many};
use crate::store::paging::{PageRequest, page};
use crate::store::tx::Tx;

/// What must hold for a change to happen; all of it is part of the UPDATE's WHERE.
#[derive(Clone, Debug, Default)]
pub struct Guard<'a> {
    /// The sub-task.
    pub id: &'a str,
    /// The statuses the change may start from (invariant 6).
    pub from: &'a [SubTaskStatus],
    /// Who must hold it (invariant 3).
    pub holder: Option<&'a str>,
    /// The newest attempt's number (invariants 2 and 9).
    pub attempt: Option<i64>,
    /// It must be ready, in an open task.
    pub offered: bool,
    /// Who must never have had an attempt on it (invariant 9).
    pub never_by: Option<&'a str>,
    /// Its lease must have run out before this (invariant 7).
    pub lease_before: Option<Timestamp>,
    /// Its time to try again must have come by this.
    pub retry_by: Option<Timestamp>,
    /// Nothing may have changed since it was read with this `updated_at`.
    pub unchanged_since: Option<Timestamp>,
    /// The attempt must not have reached its maximum age by this (invariant 7).
    pub limit_after: Option<Timestamp>,
}

/// What a change does besides the columns of its model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effect {
    /// Give the attempt the next number (invariant 2).
    pub opens_attempt: bool,
    /// Extend the lease to this point, or to its limit if that comes first (invariant 7).
    pub lease: Option<Timestamp>,
    /// Leave the lease alone while it has no limit: a planner's assignment is not prolonged by
    /// calls, and what cannot be begun yet has no lease.
    pub only_with_limit: bool,
    /// Set the limit of the lease, unless the attempt has one (invariant 7).
    pub lease_limit: Option<Timestamp>,
    /// Count one more rework (invariant 6).
    pub counts_rework: bool,
}

/// Changes a sub-task if every guard holds. Whether it did is the answer.
///
/// # Errors
/// When the database fails.
pub async fn shift(
    tx: &Tx,
    guard: &Guard<'_>,
    change: ActiveModel,
    effect: Effect,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many().set(change).filter(condition(guard));
    if effect.opens_attempt {
        update = update.col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1));
    }
    if effect.counts_rework {
        update = update.col_expr(Column::ReworkCount, Expr::col(Column::ReworkCount).add(1));
    }
    if let Some(until) = effect.lease {
        let lease = if effect.only_with_limit { prolonged(until) } else { capped(until) };
        update = update.col_expr(Column::LeaseUntil, lease);
    }
    if let Some(limit) = effect.lease_limit {
        let kept = Expr::col(Column::LeaseLimit).if_null(Expr::val(At(limit)));
        update = update.col_expr(Column::LeaseLimit, kept);
    }
    let changed = update.exec(tx.db()).await?.rows_affected > 0;
    if changed {
        tx.touch();
    }
    Ok(changed)
}

fn condition(guard: &Guard<'_>) -> Condition {
    let from = guard.from.iter().map(|status| status.as_str());
    let mut all = Condition::all().add(Column::Id.eq(guard.id)).add(Column::Status.is_in(from));
    if let Some(holder) = guard.holder {
        all = all.add(Column::AssignedAgent.eq(holder));
    }
    if let Some(attempt) = guard.attempt {
        all = all.add(Column::Attempt.eq(attempt));
    }
    if guard.offered {
        all = all.add(offered());
    }
    if let Some(agent) = guard.never_by {
        let worked = Query::select()
            .expr(Expr::val(1))
            .from(attempt::Entity)
            .and_where(attempt::Column::SubTaskId.eq(guard.id))
            .and_where(attempt::Column::AgentId.eq(agent))
            .to_owned();
        all = all.add(Expr::exists(worked).not());
    }
    if let Some(now) = guard.lease_before {
        all = all.add(Column::LeaseUntil.lt(At(now)));
    }
    if let Some(now) = guard.retry_by {
        all = all.add(Column::RetryAt.lte(At(now)));
    }
    if let Some(read) = guard.unchanged_since {
        all = all.add(Column::UpdatedAt.eq(At(read)));
    }
    if let Some(now) = guard.limit_after {
        all = all.add(Column::LeaseLimit.is_null().or(Column::LeaseLimit.gt(At(now))));
    }
    all
}

fn offered() -> Condition {
    Condition::all().add(Column::TaskOpen.eq(true)).add(Column::OpenDependencies.eq(0))
}

fn capped(until: Timestamp) -> Expr {
    let over = Column::LeaseLimit.lt(At(until));
    Expr::case(over, Expr::col(Column::LeaseLimit)).finally(Expr::val(At(until))).into()
}

fn prolonged(until: Timestamp) -> Expr {
    let unlimited = Column::LeaseLimit.is_null();
    Expr::case(unlimited, Expr::col(Column::LeaseUntil)).finally(capped(until)).into()
}

/// One row.
///
/// # Errors
/// When the database fails.
pub async fn find<C: ConnectionTrait>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// Inserts rows.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, rows: Vec<Model>) -> Result<(), DbErr> {
    tx.touch();
    insert_many::<Entity, _>(tx.db(), rows.into_iter().map(all_set).collect()).await
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
    pub offered: bool,
}

/// A page, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list<C: ConnectionTrait>(
    db: &C,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<Model>, DbErr> {
    let mut query = Entity::find().order_by_desc(Column::CreatedAt);
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
    if filter.offered {
        query = query.filter(Column::Status.eq(SubTaskStatus::Pending.as_str())).filter(offered());
    }
    page(db, query, request).await
}

/// The agent's most recently changed sub-task of a task.
///
/// # Errors
/// When the database fails.
pub async fn latest<C: ConnectionTrait>(
    db: &C,
    agent: &str,
    task: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::TaskId.eq(task))
        .order_by_desc(Column::UpdatedAt)
        .one(db)
        .await
}

/// The sub-tasks `claim-next` gives, in order: highest priority, then oldest.
///
/// # Errors
/// When the database fails.
pub async fn best_offers<C: ConnectionTrait>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Status.eq(SubTaskStatus::Pending.as_str()))
        .filter(offered())
        .order_by_asc(Column::PriorityRank)
        .order_by_asc(Column::CreatedAt)
        .limit(limit)
        .all(db)
        .await
}

/// How many may be claimed, counted one past [`CLAIMABLE_COUNT_CAP`] at most.
///
/// # Errors
/// When the database fails.
pub async fn count_offers<C: ConnectionTrait>(db: &C) -> Result<u64, DbErr> {
    let ids: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(SubTaskStatus::Pending.as_str()))
        .filter(offered())
        .limit(CLAIMABLE_COUNT_CAP + 1)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.len() as u64)
}

/// An agent's open work of one status, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_agent<C: ConnectionTrait>(
    db: &C,
    agent: &str,
    status: SubTaskStatus,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.eq(status.as_str()))
        .order_by_asc(Column::CreatedAt)
        .limit(limit);
    if status == SubTaskStatus::Assigned {
        query = query.filter(offered());
    }
    query.all(db).await
}

/// Sub-tasks of one status that have not changed since `before`, oldest change first.
///
/// # Errors
/// When the database fails.
pub async fn unchanged_since<C: ConnectionTrait>(
    db: &C,
    status: SubTaskStatus,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find()
        .filter(Column::Status.eq(status.as_str()))
        .filter(Column::UpdatedAt.lte(At(before)))
        .order_by_asc(Column::UpdatedAt)
        .limit(limit);
    if status == SubTaskStatus::Blocked {
        // With a time to try again it comes back by itself.
        query = query.filter(Column::RetryAt.is_null());
    }
    query.all(db).await
}

/// Sub-tasks whose lease ran out before `now`.
///
/// # Errors
/// When the database fails.
pub async fn expired<C: ConnectionTrait>(
    db: &C,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::LeaseUntil.lt(At(now))).limit(limit).all(db).await
}

/// Blocked sub-tasks whose time to try again has come.
///
/// # Errors
/// When the database fails.
pub async fn to_retry<C: ConnectionTrait>(
    db: &C,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::RetryAt.lte(At(now))).limit(limit).all(db).await
}

/// Whether an agent holds a lease that ends before `soon`.
///
/// # Errors
/// When the database fails.
pub async fn holds_lease_before<C: ConnectionTrait>(
    db: &C,
    agent: &str,
    soon: Timestamp,
) -> Result<bool, DbErr> {
    let row = Entity::find()
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(held()))
        .filter(Column::LeaseUntil.lt(At(soon)))
        .filter(Column::LeaseLimit.is_not_null())
        .limit(1)
        .one(db)
        .await?;
    Ok(row.is_some())
}

fn held() -> impl Iterator<Item = &'static str> {
    SubTaskStatus::ALL.iter().filter(|s| s.is_held()).map(|s| s.as_str())
}

/// Extends every lease of an agent that would end before `until`, each to its limit at most
/// (invariant 7). Says nothing of rows already past their limit.
///
/// # Errors
/// When the database fails.
pub async fn renew(tx: &Tx, agent: &str, until: Timestamp) -> Result<(), DbErr> {
    let renewed = Entity::update_many()
        .col_expr(Column::LeaseUntil, capped(until))
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(held()))
        .filter(Column::LeaseUntil.lt(At(until)))
        .filter(Column::LeaseLimit.is_not_null())
        .exec(tx.db())
        .await?;
    if renewed.rows_affected > 0 {
        tx.touch();
    }
    Ok(())
}

/// Opens or closes a task's sub-tasks for claiming, and starts the clock of those that were
/// assigned before they could be begun.
///
/// # Errors
/// When the database fails.
pub async fn set_task_open(tx: &Tx, task: &str, open: bool) -> Result<(), DbErr> {
    tx.touch();
    Entity::update_many()
        .col_expr(Column::TaskOpen, Expr::val(open))
        .filter(Column::TaskId.eq(task))
        .exec(tx.db())
        .await?;
    start_assignment_leases(tx, task).await
}

/// One of the things `finished` was waited for is over: done or cancelled.
///
/// # Errors
/// When the database fails.
pub async fn free_dependents(tx: &Tx, finished: &Model) -> Result<(), DbErr> {
    let waiting = Query::select()
        .column(dependency::Column::SubTaskId)
        .from(dependency::Entity)
        .and_where(dependency::Column::DependsOn.eq(finished.id.as_str()))
        .to_owned();
    let freed = Entity::update_many()
        .col_expr(Column::OpenDependencies, Expr::col(Column::OpenDependencies).sub(1))
        .filter(Column::Id.in_subquery(waiting))
        .exec(tx.db())
        .await?;
    if freed.rows_affected > 0 {
        tx.touch();
        start_assignment_leases(tx, &finished.task_id).await?;
    }
    Ok(())
}

/// Gives a lease to what the planner assigned before it was ready and is ready now.
///
/// # Errors
/// When the database fails.
pub async fn start_assignment_leases(tx: &Tx, task: &str) -> Result<(), DbErr> {
    let until = tx.now + tx.policy.assignment_lease;
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::val(At(until)))
        .col_expr(Column::UpdatedAt, Expr::val(At(tx.now)))
        .filter(Column::TaskId.eq(task))
        .filter(Column::Status.eq(SubTaskStatus::Assigned.as_str()))
        .filter(Column::LeaseUntil.is_null())
        .filter(offered())
        .exec(tx.db())
        .await
        .map(|_| ())
}

/// The open sub-tasks of a task.
///
/// # Errors
/// When the database fails.
pub async fn open_of_task<C: ConnectionTrait>(db: &C, task: &str) -> Result<Vec<Model>, DbErr> {
    let is_final = SubTaskStatus::ALL.iter().filter(|s| s.is_final()).map(|s| s.as_str());
    Entity::find()
        .filter(Column::TaskId.eq(task))
        .filter(Column::Status.is_not_in(is_final))
        .all(db)
        .await
}

/// All sub-tasks of a task, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_task<C: ConnectionTrait>(db: &C, task: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::TaskId.eq(task)).order_by_asc(Column::CreatedAt).all(db).await
}

/// Several rows by id, in no order.
///
/// # Errors
/// When the database fails.
pub async fn find_many<C: ConnectionTrait>(db: &C, ids: &[String]) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).all(db).await
}

/// A change of text or priority.
pub fn edited(
    name: Option<String>,
    description: Option<String>,
    deliverable: Option<String>,
    acceptance: Option<String>,
    priority: Option<Priority>,
) -> ActiveModel {
    let mut change = ActiveModel::default();
    if let Some(name) = name {
        change.name = Set(name);
    }
    if let Some(description) = description {
        change.description = Set(description);
    }
    if let Some(deliverable) = deliverable {
        change.deliverable = Set(deliverable);
    }
    if let Some(acceptance) = acceptance {
        change.acceptance = Set(acceptance);
    }
    if let Some(priority) = priority {
        change.priority = Set(Word(priority));
        change.priority_rank = Set(priority.rank());
    }
    change
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
            block_reason: row.block_reason,
            retry_at: row.retry_at.map(|at| at.0),
            open_dependencies: row.open_dependencies,
            depends_on: None,
            assigned_agent_name: None,
        }
    }
}
