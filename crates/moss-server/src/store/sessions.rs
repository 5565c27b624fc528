//! Admin sessions, by the hash of their token.

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::store::Reads;
use crate::store::column::At;
pub use crate::store::entity::admin_session::Model;
use crate::store::entity::admin_session::{Column, Entity};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// One session.
pub async fn find<C: Reads>(db: &C, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(hash).read_one(db).await
}

/// The sessions that were used last, newest first.
pub async fn list<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_desc(Column::LastUsedAt).limit(limit).read_all(db).await
}

/// Begins a session.
pub async fn insert(tx: &Tx, hash: String) -> Result<(), DbErr> {
    tx.insert([Model { token_hash: hash, created_at: At(tx.now), last_used_at: At(tx.now) }]).await
}

/// Notes that a session was used.
pub async fn use_now(tx: &Tx, hash: &str) -> Result<(), DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::val(At(tx.now)))
        .filter(Column::TokenHash.eq(hash));
    tx.execute(update).await.map(drop)
}

/// Ends one session, or all of them.
pub async fn end(tx: &Tx, hash: Option<&str>) -> Result<(), DbErr> {
    let mut delete = Entity::delete_many();
    if let Some(hash) = hash {
        delete = delete.filter(Column::TokenHash.eq(hash));
    }
    tx.execute(delete).await.map(drop)
}

/// Ends all but one.
pub async fn end_others(tx: &Tx, hash: &str) -> Result<(), DbErr> {
    let others = Entity::delete_many().filter(Column::TokenHash.ne(hash));
    tx.execute(others).await.map(drop)
}

/// Ends the sessions last used before `unused_since` or begun before `begun_before`. Answers how
/// many.
pub async fn delete_before(
    tx: &Tx,
    unused_since: Timestamp,
    begun_before: Timestamp,
) -> Result<u64, DbErr> {
    let over = Column::LastUsedAt.lt(At(unused_since)).or(Column::CreatedAt.lt(At(begun_before)));
    tx.execute(Entity::delete_many().filter(over)).await
}
