//! What each server has let in of callers that ask much, for the others.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Reads;
use crate::store::entity::rate::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Puts a server's counts of a minute in the place of those it told before, and throws away all that
/// is older than the minute before.
pub async fn tell(
    tx: &Tx,
    server: &str,
    minute: i64,
    counts: &[(String, u32)],
) -> Result<(), DbErr> {
    let own = Column::Server.eq(server).and(Column::Minute.eq(minute));
    tx.execute(Entity::delete_many().filter(own.or(Column::Minute.lt(minute - 1)))).await?;
    tx.insert(counts.iter().map(|(caller, requests)| Model {
        server: server.to_owned(),
        caller: caller.clone(),
        minute,
        requests: i64::from(*requests),
    }))
    .await
}

/// What the other servers have told of a minute and those after it.
pub async fn of_others<C: Reads>(db: &C, server: &str, since: i64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Minute.gte(since))
        .filter(Column::Server.ne(server))
        .read_all(db)
        .await
}
