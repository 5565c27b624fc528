//! What must still hold when a change is written: conditions in the WHERE of its UPDATE. What the
//! status must be is not among them, since every change says that.

use moss_api::{BlockOwner, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition};

use crate::store::At;
use crate::store::dialect::not_by_index;
use crate::store::entity::sub_task::Column;
use crate::store::entity::{attempt, look};
use crate::store::idempotency::Caller;
use crate::store::sub_tasks::claimable;

/// A condition on a sub-task, as SQL.
#[derive(Clone, Debug)]
pub struct Guard(pub(super) Condition);

impl Guard {
    fn of(expression: Expr) -> Self {
        Self(Condition::all().add(expression))
    }

    /// This agent holds it, or is to take it up again.
    pub fn held_by(agent: &str) -> Self {
        Self::of(not_by_index(Column::AssignedAgent).eq(agent))
    }

    /// The newest attempt has this number.
    pub fn newest_attempt(number: i64) -> Self {
        Self::of(Column::Attempt.eq(number))
    }

    /// It waits for nothing, and its task is open.
    pub fn claimable() -> Self {
        Self(claimable())
    }

    /// This agent never had an attempt on the sub-task `id`. Attempts that are not
    /// [flushed](crate::store::Tx::flush) do not count.
    pub fn never_held_by(agent: &str, id: &str) -> Self {
        let worked = Query::select()
            .expr(Expr::val(1))
            .from(attempt::Entity)
            .and_where(attempt::Column::SubTaskId.eq(id))
            .and_where(attempt::Column::AgentId.eq(agent))
            .to_owned();
        Self::of(Expr::exists(worked).not())
    }

    /// The attempt this caller was shown last of the sub-task `id` is the newest.
    pub fn newest_shown_to(caller: &Caller, id: &str) -> Self {
        let shown = Query::select()
            .column(look::Column::Attempt)
            .from(look::Entity)
            .and_where(look::Column::SubTaskId.eq(id))
            .and_where(look::Column::Caller.eq(caller.as_str()))
            .to_owned();
        Self::of(Column::Attempt.in_subquery(shown))
    }

    /// Its lease ran out before `now`.
    pub fn lease_over(now: Timestamp) -> Self {
        Self::of(Column::LeaseUntil.lt(At(now)))
    }

    /// Its time to try again has come by `now`.
    pub fn retry_due(now: Timestamp) -> Self {
        Self::of(Column::RetryAt.lte(At(now)))
    }

    /// It is the planner's turn, and its time was over before `now`.
    pub fn overdue(now: Timestamp) -> Self {
        let planner = not_by_index(Column::BlockOwner).eq(BlockOwner::Planner.as_str());
        let due = Expr::col(Column::BlockDue).add(0).lt(now.micros());
        Self(Condition::all().add(planner).add(due))
    }

    /// The attempt has not reached its maximum age by `now`.
    pub fn within_max_age(now: Timestamp) -> Self {
        Self::of(Column::LeaseLimit.is_null().or(Column::LeaseLimit.gt(At(now))))
    }
}
