//! The activity log.

use moss_api::{Log, LogAction, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::Database;
use crate::store::Reads;
use crate::store::bounded::{Part, part};
use crate::store::column::{At, Word};
use crate::store::entity::log::{Column, Entity, Model};
use crate::store::new_id;
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// An entry about to be written.
#[derive(Clone, Debug)]
pub struct NewLog {
    /// Who writes.
    pub agent_id: String,
    /// Who really does, when somebody acts in the agent's place.
    pub acted_by: Option<String>,
    /// What it is about.
    pub sub_task_id: Option<String>,
    /// Its kind.
    pub action: LogAction,
    /// The text.
    pub summary: String,
    /// The session it is written in.
    pub session_id: Option<String>,
}

/// Adds an entry.
pub async fn add(tx: &Tx, log: NewLog) -> Result<Model, DbErr> {
    let row = Model {
        id: new_id(),
        agent_id: log.agent_id,
        acted_by: log.acted_by,
        sub_task_id: log.sub_task_id,
        action: Word(log.action),
        summary: log.summary,
        session_id: log.session_id,
        created_at: At(tx.now),
    };
    tx.insert([row.clone()]).await?;
    Ok(row)
}

/// Filters of a list.
#[derive(Clone, Debug)]
pub struct Filter {
    /// About this sub-task.
    pub sub_task_id: Option<String>,
    /// By this agent.
    pub agent_id: Option<String>,
    /// Of this kind, verbatim: an unknown word matches nothing.
    pub action: Option<String>,
    /// Not older than this.
    pub since: Timestamp,
    /// Rows at most.
    pub limit: u64,
}

/// Entries, newest first.
pub async fn list(
    db: &Database,
    filter: &Filter,
    sort: Sort,
    offset: u64,
) -> Result<Part<Log>, DbErr> {
    let mut query = Entity::find()
        .filter(Column::CreatedAt.gte(At(filter.since)))
        .in_order(Column::CreatedAt, sort);
    for (column, value) in [
        (Column::SubTaskId, &filter.sub_task_id),
        (Column::AgentId, &filter.agent_id),
        (Column::Action, &filter.action),
    ] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    let mut part = part(db, query, offset, filter.limit).await?;
    // Whoever asked for so many knows that there may be more.
    part.next_offset = part.next_offset.filter(|_| (part.rows.len() as u64) < filter.limit);
    Ok(part)
}

/// An agent's reflections, newest first.
pub async fn reflections<C: Reads>(db: &C, agent: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AgentId.eq(agent))
        .filter(Column::Action.eq(LogAction::Reflection.as_str()))
        .in_order(Column::CreatedAt, Sort::NewestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// An agent's reflections on some sub-tasks.
pub async fn reflections_on<C: Reads>(
    db: &C,
    agent: &str,
    sub_tasks: &[String],
) -> Result<Vec<Model>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::SubTaskId.is_in(sub_tasks))
        .filter(Column::AgentId.eq(agent))
        .filter(Column::Action.eq(LogAction::Reflection.as_str()))
        .read_all(db)
        .await
}

impl From<Model> for Log {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            agent_id: row.agent_id,
            acted_by: row.acted_by,
            sub_task_id: row.sub_task_id,
            action: row.action.0.into(),
            summary: row.summary,
            session_id: row.session_id,
            created_at: row.created_at.0,
        }
    }
}
