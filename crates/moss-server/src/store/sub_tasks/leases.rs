//! Leases, and becoming ready: what changes many sub-tasks at once and the status of none.

use std::time::Duration;

use moss_api::{SubTaskStatus, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use crate::store::entity::dependency;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::change::prolonged;
use crate::store::sub_tasks::{claimable, held};
use crate::store::{At, Tx};

/// A lease is renewed by a call of its holder once a tenth of it is used up, so that a busy holder
/// costs one write in a while and not one a call.
const TENTHS_LEFT: i64 = 9;

/// Whether so much of a lease is used up that it is worth prolonging, and can be.
pub(super) fn wants_renewal(now: Timestamp) -> Condition {
    let left = Expr::col(Column::LeaseUntil).sub(now.micros()).mul(10);
    Condition::all()
        .add(left.lt(Expr::col(Column::LeaseLength).mul(TENTHS_LEFT)))
        .add(Expr::col(Column::LeaseUntil).lt(Expr::col(Column::LeaseLimit)))
}

/// Prolongs every lease of an agent that wants it, each to its limit at most (invariant 7).
pub async fn renew(tx: &Tx, agent: &str) -> Result<(), DbErr> {
    let renew = Entity::update_many()
        .col_expr(Column::LeaseUntil, prolonged(tx.now))
        .filter(Column::AssignedAgent.eq(agent))
        .filter(Column::Status.is_in(held()))
        .filter(wants_renewal(tx.now));
    tx.execute(renew).await.map(drop)
}

/// Lets every lease and its limit end later by this much.
pub async fn move_leases(tx: &Tx, by: Duration) -> Result<(), DbErr> {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    let later = |column: Column| Expr::col(column).add(by);
    let moved = Entity::update_many()
        .col_expr(Column::LeaseUntil, later(Column::LeaseUntil))
        .col_expr(Column::LeaseLimit, later(Column::LeaseLimit))
        .filter(Column::LeaseUntil.is_not_null());
    tx.execute(moved).await.map(drop)
}

/// Opens or closes a task's sub-tasks for claiming, and starts the clock of those that were
/// assigned before they could be begun.
pub async fn set_task_open(tx: &Tx, task: &str, open: bool) -> Result<(), DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::TaskOpen, Expr::val(open))
        .col_expr(Column::UpdatedAt, waiting_from(tx))
        .filter(Column::TaskId.eq(task));
    tx.execute(update).await?;
    start_assignment_leases(tx, task).await
}

/// One of the things `finished` was waited for is over: done or cancelled.
pub async fn free_dependents(tx: &Tx, finished: &Model) -> Result<(), DbErr> {
    let waiting = Query::select()
        .column(dependency::Column::SubTaskId)
        .from(dependency::Entity)
        .and_where(dependency::Column::DependsOn.eq(finished.id.as_str()))
        .to_owned();
    let free = Entity::update_many()
        .col_expr(Column::OpenDependencies, Expr::col(Column::OpenDependencies).sub(1))
        .col_expr(Column::UpdatedAt, waiting_from(tx))
        .filter(Column::Id.in_subquery(waiting));
    if tx.execute(free).await? > 0 {
        start_assignment_leases(tx, &finished.task_id).await?;
    }
    Ok(())
}

/// What nobody holds waits from when it may be claimed: that is told from how long it has not changed.
fn waiting_from(tx: &Tx) -> Expr {
    let is_pending = Column::Status.eq(SubTaskStatus::Pending.as_str());
    let now = Expr::case(is_pending, Expr::val(At(tx.now)));
    now.finally(Expr::col(Column::UpdatedAt)).into()
}

/// Gives a lease to what the planner assigned before it was ready and is ready now.
pub async fn start_assignment_leases(tx: &Tx, task: &str) -> Result<(), DbErr> {
    let until = tx.now + tx.timings.assignment_lease;
    let start = Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::val(At(until)))
        .col_expr(Column::UpdatedAt, Expr::val(At(tx.now)))
        .filter(Column::TaskId.eq(task))
        .filter(Column::Status.eq(SubTaskStatus::Assigned.as_str()))
        .filter(Column::LeaseUntil.is_null())
        .filter(claimable());
    tx.execute(start).await.map(drop)
}
