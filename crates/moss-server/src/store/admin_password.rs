//! The admin password that the sessions there are began under, as its hash.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Reads;
use crate::store::entity::admin_password::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// There is one.
const KEY: &str = "admin";

/// Its hash, if one was kept.
pub async fn find<C: Reads>(db: &C) -> Result<Option<String>, DbErr> {
    Ok(Entity::find_by_id(KEY).read_one(db).await?.map(|row| row.hash))
}

/// Keeps this hash. Whether another was kept before, or none.
pub async fn keep(tx: &Tx, hash: &str) -> Result<bool, DbErr> {
    let row = Model { key: KEY.to_owned(), hash: hash.to_owned() };
    if tx.insert_unless_taken(row).await? {
        return Ok(true);
    }
    let update = Entity::update_many()
        .col_expr(Column::Hash, Expr::val(hash))
        .filter(Column::Key.eq(KEY))
        .filter(Column::Hash.ne(hash));
    Ok(tx.execute(update).await? > 0)
}
