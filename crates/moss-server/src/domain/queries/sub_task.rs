//! One sub-task as it is shown: in full, its attempts, its history.

use moss_api::{Attempt, HistoryEvent, SubTask};

use crate::domain::Error;
use crate::domain::resolve::sub_task;
use crate::store::{ConnectionTrait, agents, attempts, dependencies, events};

/// Most events a history shows.
const MAX_HISTORY: u64 = 500;

/// How the answer about one sub-task looks: with its dependencies and its holder's name.
///
/// # Errors
/// When there is none, or several.
pub async fn in_full<C: ConnectionTrait>(db: &C, text: &str) -> Result<SubTask, Error> {
    let row = sub_task(db, text).await?;
    let waits_for = dependencies::of(db, std::slice::from_ref(&row.id)).await?;
    let names = agents::names(db, row.assigned_agent.clone()).await?;
    let mut full = SubTask::from(row);
    full.assigned_agent_name = full.assigned_agent.as_ref().and_then(|id| names.get(id)).cloned();
    full.depends_on = Some(waits_for.into_iter().map(|edge| edge.depends_on).collect());
    Ok(full)
}

/// The attempts of a sub-task, first to last.
///
/// # Errors
/// When there is no such sub-task.
pub async fn attempts<C: ConnectionTrait>(db: &C, text: &str) -> Result<Vec<Attempt>, Error> {
    let sub_task = sub_task(db, text).await?;
    let rows = attempts::of_sub_task(db, &sub_task.id).await?;
    let names = agents::names(db, rows.iter().map(|row| row.agent_id.clone())).await?;
    Ok(rows
        .into_iter()
        .map(|row| Attempt {
            artifacts: attempts::artifacts(&row),
            agent_name: names.get(&row.agent_id).cloned().unwrap_or_default(),
            sub_task_id: row.sub_task_id,
            number: row.number,
            agent_id: row.agent_id,
            session_id: row.session_id,
            opened_at: row.opened_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            outcome: row.outcome.map(|word| word.0.to_string()),
        })
        .collect())
}

/// What happened to a sub-task, in order.
///
/// # Errors
/// When there is no such sub-task.
pub async fn history<C: ConnectionTrait>(db: &C, text: &str) -> Result<Vec<HistoryEvent>, Error> {
    let sub_task = sub_task(db, text).await?;
    let rows = events::of_sub_task(db, &sub_task.id, MAX_HISTORY).await?;
    let names = agents::names(db, rows.iter().filter_map(|row| row.agent_id.clone())).await?;
    let mut stood = None;
    Ok(rows
        .into_iter()
        .map(|row| {
            let from = stood.take();
            stood = row.to_status.map(|word| word.0);
            HistoryEvent {
                agent_name: row.agent_id.as_ref().and_then(|id| names.get(id)).cloned(),
                seq: row.seq,
                at: row.at.0,
                action: row.action,
                agent_id: row.agent_id,
                acted_by: row.acted_by,
                from: from.map(Into::into),
                to: stood.map(Into::into),
                attempt: row.attempt,
                detail: row.detail,
            }
        })
        .collect())
}
