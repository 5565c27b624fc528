//! Who does what only one server is to do.

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::column::At;
use crate::store::entity::job::{Column, Entity, Model};
use crate::store::tx::Tx;

/// Takes a job, or keeps it, until then: unless another server has it still. Whether it was taken;
/// until the transaction ends nobody else can.
pub async fn claim(tx: &Tx, name: &str, holder: &str, until: Timestamp) -> Result<bool, DbErr> {
    let row = Model { name: name.to_owned(), holder: holder.to_owned(), until: At(until) };
    if tx.insert_unless_taken(row).await? {
        return Ok(true);
    }
    let update = Entity::update_many()
        .col_expr(Column::Holder, Expr::val(holder))
        .col_expr(Column::Until, Expr::val(At(until)))
        .filter(Column::Name.eq(name))
        .filter(Column::Holder.eq(holder).or(Column::Until.lte(At(tx.now))));
    Ok(tx.execute(update).await? > 0)
}

/// Leaves all jobs of a server to the others.
pub async fn leave(tx: &Tx, holder: &str) -> Result<(), DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::Until, Expr::val(At(tx.now)))
        .filter(Column::Holder.eq(holder))
        .filter(Column::Until.gt(At(tx.now)));
    tx.execute(update).await.map(drop)
}
