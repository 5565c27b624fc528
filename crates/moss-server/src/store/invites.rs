//! Invites in the database, by the hash of their token.

use moss_api::{Invite, Page, Role, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::store::Database;
use crate::store::Reads;
use crate::store::column::At;
use crate::store::entity::invite::{Column, Entity, Model};
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// The invite with this token, by its hash.
pub async fn by_hash<C: Reads>(db: &C, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::TokenHash.eq(hash)).read_one(db).await
}

/// All of them, newest first.
pub async fn list(db: &Database, sort: Sort, request: PageRequest) -> Result<Page<Invite>, DbErr> {
    page(db, Entity::find().in_order(Column::CreatedAt, sort), request).await
}

/// Adds one.
pub async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    tx.insert([row]).await
}

/// Uses an invite up by one. False when it lets this role in no more: it is unknown, for another
/// role, used up or over.
pub async fn redeem(tx: &Tx, hash: &str, role: Role) -> Result<bool, DbErr> {
    let redeem = Entity::update_many()
        .col_expr(Column::Used, Expr::col(Column::Used).add(1))
        .filter(Column::TokenHash.eq(hash))
        .filter(Column::Role.eq(role.as_str()))
        .filter(Expr::col(Column::Used).lt(Expr::col(Column::Uses)))
        .filter(Column::ExpiresAt.gt(At(tx.now)));
    Ok(tx.execute(redeem).await? > 0)
}

/// Takes one back. False when there is no such invite.
pub async fn delete(tx: &Tx, id: &str) -> Result<bool, DbErr> {
    Ok(tx.execute(Entity::delete_many().filter(Column::Id.eq(id))).await? > 0)
}

/// Deletes the invites that were over before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    tx.execute(Entity::delete_many().filter(Column::ExpiresAt.lt(At(before)))).await
}

impl From<Model> for Invite {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            role: row.role.0.into(),
            uses: row.uses,
            used: row.used,
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
        }
    }
}
