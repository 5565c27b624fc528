//! Sub-tasks: what is asked of them, and the one way their status changes.

mod leases;
mod patch;
mod queries;
mod transition;

use moss_api::SubTaskStatus;
use sea_orm::{ColumnTrait, Condition, DbErr};

use crate::store::Tx;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::insert::{all_set, insert_many};

pub use leases::*;
pub use patch::*;
pub use queries::*;
pub use transition::*;

/// Inserts rows.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, rows: Vec<Model>) -> Result<(), DbErr> {
    tx.mark_dirty();
    insert_many::<Entity, _>(tx.db(), rows.into_iter().map(all_set).collect()).await
}

fn claimable() -> Condition {
    Condition::all().add(Column::TaskOpen.eq(true)).add(Column::OpenDependencies.eq(0))
}

fn held() -> impl Iterator<Item = &'static str> {
    SubTaskStatus::ALL.iter().filter(|s| s.is_held()).map(|s| s.as_str())
}
