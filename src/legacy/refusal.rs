//! What the original means by 400, and what it should have refused.
//!
//! It answers a move with 400 whatever is wrong: an id it does not know, a sub-task that stands
//! elsewhere, or a value. One more question tells them apart. And it never asks who holds a sub-task.

use moss_api::{Action, ErrorCode, Exit, ScoreSummary, SubTask, SubTaskStatus, short_id};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::sanitize::{self, quoted};

/// The same error; a 400 says what was wrong.
pub async fn explain(client: &Client, id: &str, action: Action, error: Error) -> Error {
    if !error.is_bad_request() {
        return error;
    }
    match look_at(client, id).await {
        Ok(sub_task) if may_be_the_input(action, &sub_task) => error,
        Ok(sub_task) => illegal(action, &sub_task),
        Err(error) => error,
    }
}

/// How the sub-task stands that could not be moved.
///
/// # Errors
/// When it is unknown, or the server cannot be asked.
pub async fn look_at(client: &Client, id: &str) -> Result<SubTask> {
    client.get(&format!("/api/sub-tasks/{id}"), &[]).await.map_err(|error| {
        if error.exit() != Exit::NotFound {
            return error;
        }
        Error::of(ErrorCode::NotFound, format!("no sub-task has the id {}", sanitize::id(id)))
            .hint(hints::FIND_SUB_TASK)
    })
}

/// The sub-task, unless somebody else holds it. Only a look, since the original has no guard: it
/// may pass to another right after.
///
/// # Errors
/// When somebody else holds it, it is unknown, or the server cannot be asked.
pub async fn held_by_caller(client: &Client, id: &str, action: Action) -> Result<SubTask> {
    let me = client.get::<ScoreSummary>("/api/scores/me", &[]);
    let (sub_task, me) = tokio::try_join!(look_at(client, id), me)?;
    match &sub_task.assigned_agent {
        Some(holder) if *holder != me.agent_id => {
            let called = format!("{} {}", short_id(&sub_task.id), quoted(&sub_task.name));
            let (status, holder) = (&sub_task.status, short_id(holder));
            let message = format!(
                "cannot {action}: {called} is {status} and held by agent {holder}, not by you"
            );
            Err(Error::of(ErrorCode::NotHolder, message).hint(hints::WAKE))
        }
        Some(_) | None => Ok(sub_task),
    }
}

/// Whether the move was due, so that something else must have been wrong with it.
fn may_be_the_input(action: Action, sub_task: &SubTask) -> bool {
    let due: &[SubTaskStatus] = match action {
        Action::Approve | Action::Reject => &[SubTaskStatus::Review],
        Action::Reassign => &[SubTaskStatus::Assigned, SubTaskStatus::Blocked],
        Action::Edit => &[SubTaskStatus::Pending, SubTaskStatus::Assigned],
        Action::Claim
        | Action::Start
        | Action::Heartbeat
        | Action::Session
        | Action::Submit
        | Action::Release
        | Action::Fail
        | Action::Block
        | Action::Timeout
        | Action::PassOn
        | Action::Adopt
        | Action::LetGo
        | Action::Leave
        | Action::Cancel => &[],
    };
    due.iter().any(|status| sub_task.status == *status)
}

/// The move is none from where the sub-task stands.
pub fn illegal(action: Action, sub_task: &SubTask) -> Error {
    let called = format!("{} {}", short_id(&sub_task.id), quoted(&sub_task.name));
    let status = &sub_task.status;
    match (&sub_task.assigned_agent, action) {
        (Some(holder), Action::Claim) => {
            let message = format!("{called} is {status} already, to agent {}", short_id(holder));
            Error::of(ErrorCode::AlreadyClaimed, message).hint(hints::AVAILABLE)
        }
        (Some(_) | None, _) => {
            let message = format!("cannot {action} {called}: it is {status}");
            let id = short_id(&sub_task.id);
            Error::of(ErrorCode::IllegalTransition, message).hint(hints::show(id))
        }
    }
}
