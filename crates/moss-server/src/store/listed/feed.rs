//! What agents did since a time, counted, and what they work on.

use std::collections::HashMap;

use moss_api::{LogAction, SubTaskStatus, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select};

use crate::store::Database;
use crate::store::column::At;
use crate::store::entity::{log, request_log, review, sub_task};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;

#[derive(FromQueryResult)]
struct Row {
    agent: String,
    count: i64,
}

async fn by_agent<E: EntityTrait>(
    db: &Database,
    query: Select<E>,
    agent: E::Column,
) -> Result<HashMap<String, i64>, DbErr> {
    let rows: Vec<Row> = query
        .select_only()
        .column_as(agent, "agent")
        .column_as(agent.count(), "count")
        .group_by(agent)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.agent, row.count)).collect())
}

/// Requests of these agents.
pub async fn requests_since(
    db: &Database,
    since: Timestamp,
    agents: &[String],
) -> Result<HashMap<String, i64>, DbErr> {
    use request_log::{Column, Entity};
    let query = Entity::find()
        .filter(Column::AgentId.is_in(agents))
        .filter(Column::Timestamp.gte(At(since)));
    by_agent(db, query, Column::AgentId).await
}

/// What these agents handed in: each time is an entry of the activity log.
pub async fn handed_in_since(
    db: &Database,
    since: Timestamp,
    agents: &[String],
) -> Result<HashMap<String, i64>, DbErr> {
    use log::{Column, Entity};
    let query = Entity::find()
        .filter(Column::AgentId.is_in(agents))
        .filter(Column::Action.eq(LogAction::Delivery.as_str()))
        .filter(Column::CreatedAt.gte(At(since)));
    by_agent(db, query, Column::AgentId).await
}

/// Verdicts of all agents.
pub async fn judged_since(db: &Database, since: Timestamp) -> Result<HashMap<String, i64>, DbErr> {
    use review::{Column, Entity};
    let query = Entity::find().filter(Column::CreatedAt.gte(At(since)));
    by_agent(db, query, Column::ReviewerAgent).await
}

/// What these agents work on, the longest first.
pub async fn in_progress(db: &Database, agents: &[String]) -> Result<Vec<sub_task::Model>, DbErr> {
    use sub_task::{Column, Entity};
    Entity::find()
        .filter(Column::AssignedAgent.is_in(agents))
        .filter(Column::Status.eq(SubTaskStatus::InProgress.as_str()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .read_all(db)
        .await
}
