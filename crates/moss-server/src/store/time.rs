//! How far the server's time has come, as the database knows it, and time that comes ahead.

use std::time::Duration;

use moss_api::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Reads;
use crate::store::column::At;
use crate::store::entity::meta::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::sub_tasks;
use crate::store::tx::Tx;

const NEWEST: &str = "newest";

/// The newest time that was noted; none in a new database.
pub async fn newest<C: Reads>(db: &C) -> Result<Option<Timestamp>, DbErr> {
    Ok(Entity::find_by_id(NEWEST).read_one(db).await?.map(|row| row.at.0))
}

/// Notes the time of this transaction, unless a newer one is noted.
pub async fn note(tx: &Tx) -> Result<(), DbErr> {
    let note = Entity::update_many()
        .col_expr(Column::At, Expr::val(At(tx.now)))
        .filter(Column::Key.eq(NEWEST))
        .filter(Column::At.lt(At(tx.now)));
    if tx.execute(note).await? == 0 {
        tx.insert_unless_taken(Model { key: NEWEST.to_owned(), at: At(tx.now) }).await?;
    }
    Ok(())
}

/// Time has come ahead by `step` without going by: the system's clock has leapt, or no server ran.
/// No holder could have renewed a lease in it, so every lease has as long as it had before
/// (invariant 7).
pub(crate) async fn come_ahead(tx: &Tx, step: Duration) -> Result<(), DbErr> {
    sub_tasks::move_leases(tx, step).await?;
    note(tx).await
}
