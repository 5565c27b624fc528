//! The request log: what agents asked and how they were answered.

use moss_api::Timestamp;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

use crate::store::column::At;
use crate::store::entity::request_log;
use crate::store::insert::insert_many;
use crate::store::paging::end_of_oldest;
use crate::store::reads::WholeRows;
use crate::store::{Database, Reads, Tx};

/// Inserts request log rows, in a transaction of their own.
pub(crate) async fn insert(
    db: &Database,
    rows: Vec<request_log::ActiveModel>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let tx = db.begin().await?;
    insert_many::<request_log::Entity, _>(&tx, rows).await?;
    tx.commit().await
}

/// Deletes about `limit` requests logged before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let at = request_log::Column::Timestamp;
    let end = end_of_oldest::<request_log::Entity>(tx, at, before, limit).await?;
    tx.execute(request_log::Entity::delete_many().filter(at.lt(At(end)))).await
}

/// Deletes about `limit` of the oldest requests, as long as there are more than `most`. Answers how many.
pub async fn delete_beyond(tx: &Tx, most: i64, limit: u64) -> Result<u64, DbErr> {
    use request_log::{Column, Entity};
    let edge = async |newest_first: bool| -> Result<Option<i64>, DbErr> {
        let order = if newest_first { Order::Desc } else { Order::Asc };
        let query = Entity::find().select_only().column(Column::Seq).order_by(Column::Seq, order);
        query.limit(1).into_tuple().one(tx.db()).await
    };
    let (Some(oldest), Some(newest)) = (edge(false).await?, edge(true).await?) else {
        return Ok(0);
    };
    // Numbers have few gaps: what is counted so is never fewer than there are.
    let first_kept = newest.saturating_sub(most) + 1;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let end = first_kept.min(oldest.saturating_add(limit));
    if end <= oldest {
        return Ok(0);
    }
    tx.execute(Entity::delete_many().filter(Column::Seq.lt(end))).await
}

/// When an agent was heard from last, as far as the log goes back. Who acted in its place does not
/// count, nor a request that was not let in, which is not logged.
pub async fn last_heard<C: Reads>(db: &C, agent: &str) -> Result<Option<Timestamp>, DbErr> {
    let last = request_log::Entity::find()
        .filter(request_log::Column::AgentId.eq(agent))
        .filter(request_log::Column::ActedBy.is_null())
        .order_by_desc(request_log::Column::Timestamp)
        .read_one(db)
        .await?;
    Ok(last.map(|row| row.timestamp.0))
}
