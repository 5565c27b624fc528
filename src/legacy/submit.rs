//! Handing in with a summary and files, where the server takes neither.
//!
//! They go into a delivery log, which its reviewers read, and `moss review show` too. The newest
//! one counts, and none can be taken back: it is written once the sub-task is handed in.

use moss_api::{
    Action, Log, LogAction, MAX_SUMMARY_BYTES, SubTask, SubTaskStatus,
    requests::{CreateLog, Submit},
    text::Summary,
};

use super::half_done;
use super::refusal::{explain, held_by_caller};
use crate::client::{Client, delivery_log};
use crate::error::{Error, Result};
use crate::hints;

/// Hands in what the caller holds, then writes the delivery log. What was handed in before without
/// one is only given its log.
///
/// # Errors
/// When the delivery is too long, the sub-task cannot be handed in, or the log cannot be written.
pub async fn hand_in(client: &Client, id: &str, body: &Submit) -> Result<SubTask> {
    let log = log_of(id, body)?;
    let held = held_by_caller(client, id, Action::Submit).await?;
    let sub_task = if held.status == SubTaskStatus::Review && !is_logged(client, &held).await? {
        held
    } else {
        let path = format!("/api/sub-tasks/{id}/{}", Action::Submit);
        match client.post_empty(&path).await {
            Err(error) => return Err(explain(client, id, Action::Submit, error).await),
            Ok(sub_task) => sub_task,
        }
    };
    keep(client, &sub_task, log).await?;
    Ok(sub_task)
}

/// Whether its holder has logged the delivery since it was handed in. Anyone may write such a log.
async fn is_logged(client: &Client, sub_task: &SubTask) -> Result<bool> {
    let Some(holder) = &sub_task.assigned_agent else { return Ok(false) };
    let query = [
        ("sub_task_id", sub_task.id.clone()),
        ("agent_id", holder.clone()),
        ("action", LogAction::Delivery.to_string()),
        ("limit", "1".to_owned()),
    ];
    let newest = client.get::<Vec<Log>>("/api/logs", &query).await?.into_iter().next();
    Ok(newest.is_some_and(|log| log.created_at >= sub_task.updated_at))
}

/// Writes the log of what is handed in.
///
/// # Errors
/// When it cannot be written: the submission stands.
pub async fn keep(client: &Client, sub_task: &SubTask, log: CreateLog) -> Result<()> {
    match client.post::<Log>("/api/logs", &log).await {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(half_done("handed in", sub_task, "what came with it was not kept", &error)
                .hint(hints::SUBMIT_AGAIN))
        }
    }
}

/// The log that holds a delivery.
///
/// # Errors
/// When it is too long.
pub fn log_of(id: &str, body: &Submit) -> Result<CreateLog> {
    let text = body.summary.as_ref().map_or("", Summary::as_str);
    let summary = Summary::new(delivery_log::format(text, &body.artifacts)).map_err(|_| {
        Error::refused(format!("summary and artifacts together exceed {MAX_SUMMARY_BYTES} bytes"))
            .hint("pack the files into one archive")
    })?;
    Ok(CreateLog {
        action: LogAction::Delivery.into(),
        summary,
        sub_task_id: Some(id.to_owned()),
        session_id: body.session_id.clone().map(Into::into),
    })
}
