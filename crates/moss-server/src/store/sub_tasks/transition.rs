//! The one way a sub-task's status changes: an UPDATE whose guards are part of its WHERE.

use moss_api::{SubTaskStatus, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use crate::store::entity::attempt;
use crate::store::entity::sub_task::{ActiveModel, Column, Entity};
use crate::store::sub_tasks::claimable;
use crate::store::sub_tasks::leases::{capped, prolonged};
use crate::store::{At, Tx};

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
    pub claimable: bool,
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
pub async fn transition(
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
        tx.mark_dirty();
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
    if guard.claimable {
        all = all.add(claimable());
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
