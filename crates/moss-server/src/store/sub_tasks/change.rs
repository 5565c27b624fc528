//! What a transition writes besides the status.
//!
//! Each change is told twice, as SQL and for a row in memory, so that whoever has the row knows it
//! afterwards without reading it again. A test holds the two together.

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, UpdateMany};

use crate::store::At;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::SubTaskPatch;

/// One thing a transition writes.
#[derive(Clone, Debug)]
pub enum Change {
    /// It belongs to this agent; to nobody.
    Agent(Option<String>),
    /// This session works on it; none does.
    Session(Option<String>),
    /// Its attempt has the next number (invariant 2).
    NewAttempt,
    /// A lease begins (invariant 7).
    Lease {
        /// When it ends.
        until: Timestamp,
        /// How far it can be extended.
        limit: Timestamp,
    },
    /// The lease goes on, to its limit at most, and gets a limit if it has none (invariant 7).
    LeaseGoesOn {
        /// When it ends.
        until: Timestamp,
        /// How far it can be extended, unless that is settled.
        limit: Timestamp,
    },
    /// The lease is extended to this point, to its limit at most (invariant 7). One without a
    /// limit stays as it is: a planner's assignment is not prolonged by calls, and what cannot be
    /// begun yet has no lease.
    LeaseProlonged(Timestamp),
    /// No lease runs.
    NoLease,
    /// It is blocked for a reason, until then if a time is given.
    Blocked(String, Option<Timestamp>),
    /// It is not blocked any more.
    Unblocked,
    /// It was rejected once more (invariant 6).
    Rework,
    /// It was approved then.
    Completed(Timestamp),
    /// It says something else.
    Text(SubTaskPatch),
    /// It is in this module; in none.
    Module(Option<String>),
    /// It waits for so many that are not final.
    OpenDependencies(i64),
}

impl Change {
    /// As part of an UPDATE.
    pub(super) fn set(&self, update: UpdateMany<Entity>) -> UpdateMany<Entity> {
        match self {
            Self::Agent(agent) => {
                update.col_expr(Column::AssignedAgent, Expr::val(agent.as_deref()))
            }
            Self::Session(session) => {
                update.col_expr(Column::CurrentSessionId, Expr::val(session.as_deref()))
            }
            Self::NewAttempt => update.col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1)),
            Self::Lease { until, limit } => update
                .col_expr(Column::LeaseUntil, Expr::val(At(*until)))
                .col_expr(Column::LeaseLimit, Expr::val(At(*limit))),
            Self::LeaseGoesOn { until, limit } => {
                let kept = Expr::col(Column::LeaseLimit).if_null(Expr::val(At(*limit)));
                update
                    .col_expr(Column::LeaseUntil, capped(*until))
                    .col_expr(Column::LeaseLimit, kept)
            }
            Self::LeaseProlonged(until) => {
                let unlimited = Column::LeaseLimit.is_null();
                let kept = Expr::case(unlimited, Expr::col(Column::LeaseUntil));
                update.col_expr(Column::LeaseUntil, kept.finally(capped(*until)).into())
            }
            Self::NoLease => update
                .col_expr(Column::LeaseUntil, Expr::val(None::<At>))
                .col_expr(Column::LeaseLimit, Expr::val(None::<At>)),
            Self::Blocked(reason, retry_at) => update
                .col_expr(Column::BlockReason, Expr::val(reason.as_str()))
                .col_expr(Column::RetryAt, Expr::val(retry_at.map(At))),
            Self::Unblocked => update
                .col_expr(Column::BlockReason, Expr::val(None::<String>))
                .col_expr(Column::RetryAt, Expr::val(None::<At>)),
            Self::Rework => {
                update.col_expr(Column::ReworkCount, Expr::col(Column::ReworkCount).add(1))
            }
            Self::Completed(at) => update.col_expr(Column::CompletedAt, Expr::val(At(*at))),
            Self::Text(patch) => patch.set(update),
            Self::Module(module) => update.col_expr(Column::ModuleId, Expr::val(module.as_deref())),
            Self::OpenDependencies(open) => {
                update.col_expr(Column::OpenDependencies, Expr::val(*open))
            }
        }
    }

    /// The same on a row in memory.
    pub(super) fn apply(&self, row: &mut Model) {
        let capped = |until: Timestamp, limit: Option<At>| {
            Some(limit.filter(|limit| limit.0 < until).unwrap_or(At(until)))
        };
        match self {
            Self::Agent(agent) => row.assigned_agent.clone_from(agent),
            Self::Session(session) => row.current_session_id.clone_from(session),
            Self::NewAttempt => row.attempt += 1,
            Self::Lease { until, limit } => {
                row.lease_until = Some(At(*until));
                row.lease_limit = Some(At(*limit));
            }
            Self::LeaseGoesOn { until, limit } => {
                row.lease_until = capped(*until, row.lease_limit);
                row.lease_limit = row.lease_limit.or(Some(At(*limit)));
            }
            Self::LeaseProlonged(until) => {
                if row.lease_limit.is_some() {
                    row.lease_until = capped(*until, row.lease_limit);
                }
            }
            Self::NoLease => (row.lease_until, row.lease_limit) = (None, None),
            Self::Blocked(reason, retry_at) => {
                row.block_reason = Some(reason.clone());
                row.retry_at = retry_at.map(At);
            }
            Self::Unblocked => (row.block_reason, row.retry_at) = (None, None),
            Self::Rework => row.rework_count += 1,
            Self::Completed(at) => row.completed_at = Some(At(*at)),
            Self::Text(patch) => patch.apply(row),
            Self::Module(module) => row.module_id.clone_from(module),
            Self::OpenDependencies(open) => row.open_dependencies = *open,
        }
    }

    /// Whether it changes what a planner wrote.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// `until`, or the limit of the lease if that comes first (invariant 7).
pub(super) fn capped(until: Timestamp) -> Expr {
    let over = Column::LeaseLimit.lt(At(until));
    Expr::case(over, Expr::col(Column::LeaseLimit)).finally(Expr::val(At(until))).into()
}
