//! Judgements: what a role looked at and leaves as it is, until it changes.

use moss_api::{Role, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Tx;
use crate::store::column::At;
use crate::store::entity::judgement::{Column, Entity, Model};
use crate::store::paging::end_of_oldest;

/// Writes a judgement in the place of the one before.
pub async fn put(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let again = Entity::update_many()
        .col_expr(Column::Stamp, Expr::val(row.stamp))
        .col_expr(Column::AgentId, Expr::val(row.agent_id.as_str()))
        .col_expr(Column::Why, Expr::val(row.why.as_str()))
        .col_expr(Column::Until, Expr::val(row.until))
        .col_expr(Column::At, Expr::val(row.at))
        .filter(Column::Subject.eq(row.subject.as_str()))
        .filter(Column::Role.eq(row.role.as_str()));
    if tx.execute(again).await? == 0 {
        tx.insert_unless_taken(row).await?;
    }
    Ok(())
}

/// Whether a judgement of this role holds of a row: for an EXISTS on the row's id and stamp.
pub(super) fn holds(
    id: impl IntoColumnRef,
    stamp: Expr,
    role: Role,
    now: Timestamp,
) -> SelectStatement {
    let column = |column: Column| Expr::col((Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(column(Column::Subject).eq(Expr::col(id)))
        .and_where(column(Column::Role).eq(role.as_str()))
        .and_where(column(Column::Stamp).eq(stamp))
        .and_where(column(Column::Until).is_null().or(column(Column::Until).gt(At(now))))
        .to_owned()
}

/// Deletes about `limit` judgements made before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let end = end_of_oldest::<Entity>(tx, Column::At, before, limit).await?;
    tx.execute(Entity::delete_many().filter(Column::At.lt(At(end)))).await
}
