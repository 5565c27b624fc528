//! What the commands about a sub-task have in common: acting on it, and telling of it.

use moss_api::{Action, Exit, SubTask, short_id};
use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::render::lines::Lines;
use crate::render::moment::until;
use crate::render::packet::ENDS_SOON;
use crate::render::sanitize::quoted;

/// `POST /api/sub-tasks/{id}/{action}`: one of the moves of the state machine.
pub async fn act(
    ctx: &Context,
    id: &str,
    action: Action,
    body: &impl Serialize,
) -> Result<SubTask> {
    let path = format!("/api/sub-tasks/{id}/{action}");
    let outcome = ctx.client.post(&path, body).await;
    ctx.explained(id, action, outcome).await
}

/// As [`act`], for what only the holder may do.
pub async fn act_as_holder(
    ctx: &Context,
    id: &str,
    action: Action,
    body: &impl Serialize,
) -> Result<SubTask> {
    ctx.backend().await?.check_holder(id, action).await?;
    act(ctx, id, action, body).await
}

/// As [`act`], without a body.
pub async fn act_only(ctx: &Context, id: &str, action: Action) -> Result<SubTask> {
    let path = format!("/api/sub-tasks/{id}/{action}");
    let outcome = ctx.client.post_empty(&path).await;
    ctx.explained(id, action, outcome).await
}

/// Says what is so now and what to type next, or answers with the value as JSON.
pub fn print_done<T: Serialize>(
    ctx: &Context,
    value: &T,
    said: impl Into<Lines>,
    next: &str,
) -> Result<Exit> {
    ctx.out.writes(&id_of(value));
    ctx.out.data(value, || {
        let mut lines = said.into();
        if !next.is_empty() {
            lines.next(next);
        }
        lines
    })?;
    Ok(Exit::Done)
}

/// The id of what a value is about, as far as it says.
fn id_of(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let at = ["/sub_task_id", "/sub_task/id", "/id"].iter();
    let id = at.filter_map(|at| value.pointer(at)?.as_str()).next();
    id.unwrap_or_default().to_owned()
}

/// `01a3c9f2 "Order list API"`
pub fn named(id: &str, name: &str) -> String {
    format!("{} {}", short_id(id), quoted(name))
}

/// `, attempt 1, lease until 09:50Z`, as far as the server says.
pub fn hold(sub_task: &SubTask) -> String {
    let mut text = String::new();
    if sub_task.attempt > 0 {
        text.push_str(&format!(", attempt {}", sub_task.attempt));
    }
    if let Some(lease) = sub_task.lease_until {
        text.push_str(&format!(", lease until {}", until(lease, sub_task.updated_at)));
    }
    if sub_task.lease_ends_soon {
        text.push_str(ENDS_SOON);
    }
    text
}

/// Columns of a list of sub-tasks.
pub const SUB_TASK_HEAD: &[&str] = &["id", "status", "priority", "name", "agent", "task"];

/// A sub-task as a record of such a list.
pub fn sub_task_row(sub_task: &SubTask) -> Vec<String> {
    vec![
        short_id(&sub_task.id).to_owned(),
        sub_task.status.to_string(),
        sub_task.priority.to_string(),
        quoted(&sub_task.name),
        sub_task.assigned_agent.as_deref().map_or("-", short_id).to_owned(),
        short_id(&sub_task.task_id).to_owned(),
    ]
}
