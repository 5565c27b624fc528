//! How agents are woken, as it was told last.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
};

use crate::store::Reads;
use crate::store::agents::present;
use crate::store::entity::agent;
use crate::store::entity::agent_host::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Puts this in the place of what was told before.
pub async fn put(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    if tx.insert_unless_taken(row.clone()).await? {
        return Ok(());
    }
    let update = Entity::update_many()
        .col_expr(Column::Kind, Expr::val(row.kind))
        .col_expr(Column::Moss, Expr::val(&row.moss))
        .col_expr(Column::Skill, Expr::val(&row.skill))
        .col_expr(Column::EverySeconds, Expr::val(row.every_seconds))
        .col_expr(Column::ReportedAt, Expr::val(row.reported_at))
        .filter(Column::AgentId.eq(&row.agent_id));
    tx.execute(update).await.map(drop)
}

/// What was told of these agents.
pub async fn find_many<C: Reads>(db: &C, agents: &[String]) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::AgentId.is_in(agents)).read_all(db).await
}

/// A version of `moss`, and how many agents that were not removed have told that they run it.
#[derive(FromQueryResult)]
pub struct Runs {
    /// The version.
    pub moss: String,
    /// How many.
    pub agents: i64,
}

/// Which versions of `moss` there are.
pub async fn versions<C: Reads>(db: &C) -> Result<Vec<Runs>, DbErr> {
    let present = present().select_only().column(agent::Column::Id).into_query();
    Entity::find()
        .select_only()
        .column(Column::Moss)
        .column_as(Column::AgentId.count(), "agents")
        .filter(Column::AgentId.in_subquery(present))
        .group_by(Column::Moss)
        .into_model()
        .all(db)
        .await
}

/// What was told of an agent; none when nothing was.
pub async fn find<C: Reads>(db: &C, agent: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::AgentId.eq(agent)).read_one(db).await
}
