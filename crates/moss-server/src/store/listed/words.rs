//! How many rows there are with each word of a vocabulary.

use std::collections::BTreeMap;

use moss_api::{SubTaskStatus, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Select};
use sea_orm::{QuerySelect, sea_query::Order};

use crate::store::Database;
use crate::store::agents::present;
use crate::store::column::At;
use crate::store::entity::{agent, delivery, review, sub_task, task};

/// How many there are of each word; one that nothing has is left out.
pub type Words = BTreeMap<String, i64>;

#[derive(FromQueryResult)]
struct Row {
    word: String,
    count: i64,
}

async fn count<E: EntityTrait>(
    db: &Database,
    query: Select<E>,
    column: E::Column,
    counted: E::Column,
) -> Result<Words, DbErr> {
    let rows: Vec<Row> = query
        .select_only()
        .column_as(column, "word")
        .column_as(counted.count(), "count")
        .group_by(column)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.word, row.count)).collect())
}

/// Tasks by their status.
pub async fn task_statuses(db: &Database) -> Result<Words, DbErr> {
    count(db, task::Entity::find(), task::Column::Status, task::Column::Status).await
}

/// Sub-tasks by their status.
pub async fn sub_task_statuses(db: &Database) -> Result<Words, DbErr> {
    use sub_task::{Column, Entity};
    count(db, Entity::find(), Column::Status, Column::Status).await
}

/// Agents by their status.
pub async fn agent_statuses(db: &Database) -> Result<Words, DbErr> {
    count(db, present(), agent::Column::Status, agent::Column::Id).await
}

/// Agents by their role.
pub async fn agent_roles(db: &Database) -> Result<Words, DbErr> {
    count(db, present(), agent::Column::Role, agent::Column::Id).await
}

/// Deliveries by their state.
pub async fn delivery_states(db: &Database) -> Result<Words, DbErr> {
    use delivery::{Column, Entity};
    count(db, Entity::find(), Column::State, Column::State).await
}

/// Verdicts since a time, by what they say.
pub async fn verdicts_since(db: &Database, since: Timestamp) -> Result<Words, DbErr> {
    use review::{Column, Entity};
    let query = Entity::find().filter(Column::CreatedAt.gte(At(since)));
    count(db, query, Column::Result, Column::Id).await
}

#[derive(FromQueryResult)]
struct Busy {
    agent: String,
    count: i64,
}

/// The agents that have most sub-tasks in one of these statuses.
pub async fn busiest(
    db: &Database,
    statuses: &[SubTaskStatus],
    limit: u64,
) -> Result<Vec<String>, DbErr> {
    use sub_task::{Column, Entity};
    let rows: Vec<Busy> = Entity::find()
        .select_only()
        .column_as(Column::AssignedAgent, "agent")
        .column_as(Column::AssignedAgent.count(), "count")
        .filter(Column::AssignedAgent.is_not_null())
        .filter(Column::Status.is_in(statuses.iter().map(|status| status.as_str())))
        .group_by(Column::AssignedAgent)
        .order_by(Column::AssignedAgent.count(), Order::Desc)
        .order_by(Column::AssignedAgent, Order::Asc)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter(|row| row.count > 0).map(|row| row.agent).collect())
}
