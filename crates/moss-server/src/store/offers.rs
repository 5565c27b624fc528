//! Offers: what each agent's timer was handed last, and whether anything came of it.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::store::entity::offer::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx};

/// What an agent's timer was handed last.
pub async fn of<C: Reads>(db: &C, agent: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(agent).read_one(db).await
}

/// Everybody whose timer was ever handed something.
pub async fn all<C: Reads>(db: &C) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::AgentId).read_all(db).await
}

/// Notes an offer in the place of the one that was read before; false when that is another by now.
pub async fn note(tx: &Tx, before: Option<&Model>, offer: Model) -> Result<bool, DbErr> {
    let Some(before) = before else { return tx.insert_unless_taken(offer).await };
    let update = Entity::update_many()
        .col_expr(Column::Asked, Expr::val(offer.asked))
        .col_expr(Column::Shown, Expr::val(offer.shown))
        .col_expr(Column::OfferedAt, Expr::val(offer.offered_at))
        .col_expr(Column::Unanswered, Expr::val(offer.unanswered))
        .col_expr(Column::InARow, Expr::val(offer.in_a_row))
        .col_expr(Column::Tick, Expr::val(offer.tick))
        .col_expr(Column::Question, Expr::val(offer.question))
        .filter(Column::AgentId.eq(before.agent_id.as_str()))
        .filter(Column::OfferedAt.eq(before.offered_at))
        .filter(Column::InARow.eq(before.in_a_row));
    Ok(tx.execute(update).await? > 0)
}

/// Something came of what these agents were handed: they have done something.
pub(super) async fn answered<C: ConnectionTrait>(
    db: &C,
    agents: impl IntoIterator<Item = String>,
) -> Result<(), DbErr> {
    let answered = Entity::update_many()
        .col_expr(Column::Unanswered, Expr::val(0))
        .col_expr(Column::InARow, Expr::val(0))
        .filter(Column::AgentId.is_in(agents))
        .filter(Column::InARow.gt(0));
    answered.exec(db).await.map(drop)
}
