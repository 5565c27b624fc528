//! Sub-tasks: what is asked of them, and the one way their status changes.

mod change;
mod guard;
mod hand_out;
mod leases;
mod patch;
mod queries;
#[cfg(test)]
pub(crate) mod sample;
mod transition;

use moss_api::SubTaskStatus;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use crate::store::Tx;
use crate::store::dialect::not_by_index;
use crate::store::entity::sub_task::{Column, Entity, Model};

pub use change::{Block, Change, NewLease, micros};
pub use guard::Guard;
pub use hand_out::Taken;
pub(super) use hand_out::hand_out;
pub use leases::*;
pub use patch::SubTaskPatch;
pub use queries::*;
pub use transition::{GuardedUpdate, Move};

/// Inserts rows.
pub async fn insert(tx: &Tx, rows: Vec<Model>) -> Result<(), DbErr> {
    tx.insert(rows).await
}

/// Gives a rejected sub-task to somebody else, who is to rework it: that is its first step up, if it
/// has taken none.
pub async fn hand_over(tx: &Tx, row: &mut Model, agent: String) -> Result<(), DbErr> {
    let is_first = || Column::Step.lt(1);
    let count = Expr::case(is_first(), Expr::col(Column::ReworkCount));
    let step = Expr::case(is_first(), Expr::val(1));
    let update = Entity::update_many()
        .col_expr(Column::AssignedAgent, Expr::val(agent.as_str()))
        .col_expr(Column::StepReworkCount, count.finally(Expr::col(Column::StepReworkCount)).into())
        .col_expr(Column::Step, step.finally(Expr::col(Column::Step)).into())
        .col_expr(Column::CurrentSessionId, Expr::val(None::<String>))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(not_by_index(Column::Status).eq(SubTaskStatus::Rework.as_str()));
    tx.execute(update).await?;
    row.assigned_agent = Some(agent);
    if row.step < 1 {
        (row.step, row.step_rework_count) = (1, row.rework_count);
    }
    Ok(())
}

pub(super) fn claimable() -> Condition {
    Condition::all().add(Column::TaskOpen.eq(true)).add(Column::OpenDependencies.eq(0))
}

fn held() -> impl Iterator<Item = &'static str> {
    SubTaskStatus::ALL.iter().filter(|s| s.is_held()).map(|s| s.as_str())
}
