//! Attempts: who held a sub-task, when, and what came of it (invariants 1 and 2).

use std::collections::HashMap;

use moss_api::{Action, Artifact, Attempt, FailClass};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::store::Database;
use crate::store::Reads;
use crate::store::bounded::{MAX_LIST_ROWS, Part, part};
use crate::store::column::{At, Word};
use crate::store::entity::attempt::{ActiveModel, Column, Entity, Model};
use crate::store::entity::sub_task;
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Opens an attempt. Its number came from the guarded update that gave the sub-task away, so the
/// primary key holds.
pub fn open(tx: &Tx, sub_task: &str, number: i64, agent: &str, session: Option<&str>) {
    tx.add_attempt(ActiveModel {
        sub_task_id: Set(sub_task.to_owned()),
        number: Set(number),
        agent_id: Set(agent.to_owned()),
        session_id: Set(session.map(str::to_owned)),
        opened_at: Set(At(tx.now)),
        ended_at: Set(None),
        outcome: Set(None),
        fail_class: Set(None),
        artifacts: Set(None),
        summary: Set(None),
    });
}

/// What came with the end of an attempt: what was handed in, or what kind of failure it was.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// What kind of failure ended it.
    pub fail_class: Option<FailClass>,
    /// What the holder said.
    pub summary: Option<String>,
    /// The files, as JSON.
    pub artifacts: Option<String>,
}

/// Ends the live attempt of a sub-task, if it has one.
pub async fn end(tx: &Tx, sub_task: &str, outcome: Action, handed_in: Ending) -> Result<(), DbErr> {
    tx.flush().await?;
    let end = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::val(At(tx.now)))
        .col_expr(Column::Outcome, Expr::val(Word(outcome)))
        .col_expr(Column::Artifacts, Expr::val(handed_in.artifacts))
        .col_expr(Column::Summary, Expr::val(handed_in.summary))
        .col_expr(Column::FailClass, Expr::val(handed_in.fail_class.map(Word)))
        .filter(Column::SubTaskId.eq(sub_task))
        .filter(Column::EndedAt.is_null());
    tx.execute(end).await.map(drop)
}

/// Notes an attempt that is over as it is opened: one whose work was done before.
pub async fn add_handed_in(
    tx: &Tx,
    row: &sub_task::Model,
    agent: &str,
    summary: Option<String>,
    artifacts: String,
) -> Result<(), DbErr> {
    tx.insert([Model {
        sub_task_id: row.id.clone(),
        number: row.attempt,
        agent_id: agent.to_owned(),
        session_id: row.current_session_id.clone(),
        opened_at: At(tx.now),
        ended_at: Some(At(tx.now)),
        outcome: Some(Word(Action::Submit)),
        fail_class: None,
        artifacts: Some(artifacts),
        summary,
    }])
    .await
}

/// All attempts at a sub-task, first to last. Those that are not [flushed](Tx::flush) do not count.
pub async fn all_of<C: Reads>(db: &C, sub_task: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubTaskId.eq(sub_task))
        .order_by_asc(Column::Number)
        .read_all(db)
        .await
}

/// Names the session of the live attempt.
pub async fn set_session(tx: &Tx, sub_task: &str, session: &str) -> Result<(), DbErr> {
    tx.flush().await?;
    let name = Entity::update_many()
        .col_expr(Column::SessionId, Expr::val(session))
        .filter(Column::SubTaskId.eq(sub_task))
        .filter(Column::EndedAt.is_null());
    tx.execute(name).await.map(drop)
}

/// The attempts of a sub-task, last to first, as they are answered, but for the names of agents.
pub async fn of_sub_task(
    db: &Database,
    sub_task: &str,
    offset: u64,
) -> Result<Part<Attempt>, DbErr> {
    let query = Entity::find().filter(Column::SubTaskId.eq(sub_task)).order_by_desc(Column::Number);
    part(db, query, offset, MAX_LIST_ROWS).await
}

/// The last handed-in attempt of each sub-task that has one.
pub async fn last_handed_in<C: Reads>(
    db: &C,
    sub_tasks: &[String],
) -> Result<HashMap<String, Model>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(Column::SubTaskId.is_in(sub_tasks))
        .filter(Column::Outcome.eq(Action::Submit.as_str()))
        .order_by_asc(Column::Number)
        .read_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.sub_task_id.clone(), row)).collect())
}

/// Which of these sub-tasks an agent has ever held.
pub async fn worked_on<C: Reads>(
    db: &C,
    agent: &str,
    sub_tasks: &[String],
) -> Result<Vec<String>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::SubTaskId.is_in(sub_tasks))
        .filter(Column::AgentId.eq(agent))
        .read_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.sub_task_id).collect())
}

/// The files of an attempt.
pub fn artifacts(row: &Model) -> Vec<Artifact> {
    row.artifacts.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// But for the agent's name, which is in another table.
impl From<Model> for Attempt {
    fn from(row: Model) -> Self {
        Self {
            artifacts: artifacts(&row),
            agent_name: String::new(),
            sub_task_id: row.sub_task_id,
            number: row.number,
            agent_id: row.agent_id,
            session_id: row.session_id,
            opened_at: row.opened_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            outcome: row.outcome.map(|word| word.0.to_string()),
        }
    }
}
