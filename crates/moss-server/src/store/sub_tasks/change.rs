//! What a transition writes besides the status.
//!
//! Each change is told twice, as SQL and for a row in memory, so that whoever has the row knows it
//! afterwards without reading it again. A test holds the two together.

use std::time::Duration;

use moss_api::{BlockClass, BlockOwner, Priority, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, UpdateMany};

use crate::config::timings::LeaseLengths;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::SubTaskPatch;
use crate::store::{At, Word};

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
    Lease(NewLease),
    /// The lease goes on, to its limit at most, and gets a limit if it has none (invariant 7).
    LeaseGoesOn(NewLease),
    /// The lease is prolonged from this point by its length, to its limit at most (invariant 7). One
    /// without a limit stays as it is: a planner's assignment is not prolonged by calls, and what
    /// cannot be begun yet has no lease.
    LeaseProlonged(Timestamp),
    /// No lease runs.
    NoLease,
    /// It is blocked.
    Blocked(Block),
    /// It goes up to this step, and never down, after so many rejections.
    Step(i16, i64),
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
            Self::Lease(lease) => lease.set(update, Expr::val(At(lease.limit))),
            Self::LeaseGoesOn(lease) => {
                let limit = Expr::col(Column::LeaseLimit).if_null(Expr::val(At(lease.limit)));
                lease.set(update, limit)
            }
            Self::LeaseProlonged(from) => {
                let is_fixed = Column::LeaseLimit.is_null().or(Column::LeaseLength.is_null());
                let kept = Expr::case(is_fixed, Expr::col(Column::LeaseUntil));
                update.col_expr(Column::LeaseUntil, kept.finally(prolonged(*from)).into())
            }
            Self::NoLease => update
                .col_expr(Column::LeaseUntil, Expr::val(None::<At>))
                .col_expr(Column::LeaseLimit, Expr::val(None::<At>))
                .col_expr(Column::LeaseLength, Expr::val(None::<i64>)),
            Self::Blocked(block) => update
                .col_expr(Column::BlockReason, Expr::val(block.reason.as_str()))
                .col_expr(Column::BlockClass, Expr::val(Word(block.class)))
                .col_expr(Column::BlockOwner, Expr::val(Word(block.owner)))
                .col_expr(Column::BlockDue, Expr::val(At(block.due)))
                .col_expr(Column::RetryAt, Expr::val(block.retry_at.map(At))),
            Self::Step(step, rework_count) => {
                let is_below = Column::Step.lt(*step);
                let higher = Expr::case(is_below, Expr::val(*step));
                update
                    .col_expr(Column::StepReworkCount, Expr::val(*rework_count))
                    .col_expr(Column::Step, higher.finally(Expr::col(Column::Step)).into())
            }
            Self::Unblocked => update
                .col_expr(Column::BlockReason, Expr::val(None::<String>))
                .col_expr(Column::BlockClass, Expr::val(None::<String>))
                .col_expr(Column::BlockOwner, Expr::val(None::<String>))
                .col_expr(Column::BlockDue, Expr::val(None::<At>))
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
        match self {
            Self::Agent(agent) => row.assigned_agent.clone_from(agent),
            Self::Session(session) => row.current_session_id.clone_from(session),
            Self::NewAttempt => row.attempt += 1,
            Self::Lease(lease) => lease.apply(row, At(lease.limit)),
            Self::LeaseGoesOn(lease) => {
                lease.apply(row, row.lease_limit.unwrap_or(At(lease.limit)));
            }
            Self::LeaseProlonged(from) => {
                if let (Some(limit), Some(length)) = (row.lease_limit, row.lease_length) {
                    row.lease_until = Some(At(limit.0.min(later(*from, length))));
                }
            }
            Self::NoLease => {
                (row.lease_until, row.lease_limit, row.lease_length) = (None, None, None);
            }
            Self::Blocked(block) => {
                row.block_reason = Some(block.reason.clone());
                row.block_class = Some(Word(block.class));
                row.block_owner = Some(Word(block.owner));
                row.block_due = Some(At(block.due));
                row.retry_at = block.retry_at.map(At);
            }
            Self::Step(step, rework_count) => {
                row.step = Ord::max(row.step, *step);
                row.step_rework_count = *rework_count;
            }
            Self::Unblocked => {
                (row.block_reason, row.block_class, row.block_owner) = (None, None, None);
                (row.block_due, row.retry_at) = (None, None);
            }
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

/// What is blocked has a reason, and it is somebody's turn (invariant 10).
#[derive(Clone, Debug)]
pub struct Block {
    /// Why.
    pub reason: String,
    /// What kind of reason that is.
    pub class: BlockClass,
    /// Whose turn it is.
    pub owner: BlockOwner,
    /// By when they are to have done something about it.
    pub due: Timestamp,
    /// When it is released by itself, if it is.
    pub retry_at: Option<Timestamp>,
}

/// A lease that begins: as long as the planner said for the sub-task, or as its priority is worth.
#[derive(Clone, Copy, Debug)]
pub struct NewLease {
    /// When it begins.
    pub from: Timestamp,
    /// How long it is where the planner said nothing.
    pub lengths: LeaseLengths,
    /// How far it can be extended.
    pub limit: Timestamp,
}

impl NewLease {
    fn set(&self, update: UpdateMany<Entity>, limit: Expr) -> UpdateMany<Entity> {
        let until = Expr::val(self.from.micros()).add(self.length());
        update
            .col_expr(Column::LeaseUntil, earlier(until, limit.clone()))
            .col_expr(Column::LeaseLimit, limit)
            .col_expr(Column::LeaseLength, self.length())
    }

    fn length(&self) -> Expr {
        let micros = |priority| Expr::val(micros(self.lengths.of(priority)));
        let (high, medium, low) =
            (micros(Priority::High), micros(Priority::Medium), micros(Priority::Low));
        let by_priority = if self.lengths == LeaseLengths::all(self.lengths.medium) {
            medium
        } else {
            Expr::case(Column::Priority.eq(Priority::High.as_str()), high)
                .case(Column::Priority.eq(Priority::Low.as_str()), low)
                .finally(medium)
                .into()
        };
        Expr::col(Column::LeaseWish).if_null(by_priority)
    }

    fn apply(&self, row: &mut Model, limit: At) {
        let length = row.lease_wish.unwrap_or_else(|| micros(self.lengths.of(row.priority.0)));
        row.lease_until = Some(At(limit.0.min(later(self.from, length))));
        row.lease_limit = Some(limit);
        row.lease_length = Some(length);
    }
}

/// A length as a column has it: in microseconds.
pub fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

fn later(from: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_micros(from.micros().saturating_add(by))
}

fn earlier(one: Expr, other: Expr) -> Expr {
    Expr::case(other.clone().lt(one.clone()), other).finally(one).into()
}

/// When a lease that is prolonged at this point ends: its limit, if that comes first (invariant 7).
pub(super) fn prolonged(from: Timestamp) -> Expr {
    let until = Expr::val(from.micros()).add(Expr::col(Column::LeaseLength));
    earlier(until, Expr::col(Column::LeaseLimit))
}
