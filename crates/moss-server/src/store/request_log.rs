//! The request log: what agents asked and how they were answered.

use moss_api::Timestamp;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::column::At;
use crate::store::entity::request_log;
use crate::store::insert::insert_many;
use crate::store::paging::end_of_oldest;
use crate::store::{Database, Tx};

/// Inserts request log rows, in a transaction of their own.
pub(crate) async fn insert(
    db: &Database,
    rows: Vec<request_log::ActiveModel>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let tx = db.begin()?;
    insert_many::<request_log::Entity, _>(&tx, rows).await?;
    tx.commit()
}

/// Deletes about `limit` requests logged before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let at = request_log::Column::Timestamp;
    let end = end_of_oldest::<request_log::Entity>(tx, at, before, limit).await?;
    tx.execute(request_log::Entity::delete_many().filter(at.lt(At(end)))).await
}
