//! From what was typed to what is meant.

use moss_api::{AgentBrief, ErrorCode, Exit, IdPrefix, SubTask, Task};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::legacy;

/// What an id is the beginning of.
#[derive(Debug)]
pub enum Found {
    /// A sub-task.
    SubTask(Box<SubTask>),
    /// A task.
    Task(Box<Task>),
}

/// The sub-task or, failing that, the task.
///
/// # Errors
/// When neither is there, or several are.
pub async fn find(ctx: &Context, id: &IdPrefix) -> Result<Found> {
    match sub_task(ctx, id).await {
        Ok(sub_task) => Ok(Found::SubTask(Box::new(sub_task))),
        Err(error) if error.exit() == Exit::NotFound => match task(ctx, id).await {
            Ok(task) => Ok(Found::Task(Box::new(task))),
            Err(error) if error.exit() == Exit::NotFound => Err(Error::of(
                ErrorCode::NotFound,
                format!("no sub-task and no task begins with {}", id.as_str()),
            )
            .hint("moss list, or moss list --tasks")),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// The sub-task, with everything the server says of it.
///
/// # Errors
/// When it is not there, or several are.
pub async fn sub_task(ctx: &Context, id: &IdPrefix) -> Result<SubTask> {
    let id = sub_task_id(ctx, id).await?;
    ctx.client.get(&format!("/api/sub-tasks/{id}"), &[]).await
}

/// The task.
///
/// # Errors
/// When it is not there, or several are.
pub async fn task(ctx: &Context, id: &IdPrefix) -> Result<Task> {
    let id = task_id(ctx, id).await?;
    ctx.client.get(&format!("/api/tasks/{id}"), &[]).await
}

/// What to name a sub-task in a path: our server resolves a beginning, the original does not.
///
/// # Errors
/// When the original has no such sub-task, or several.
pub async fn sub_task_id(ctx: &Context, id: &IdPrefix) -> Result<String> {
    match resolves_here(ctx, id).await? {
        true => legacy::ids::resolve::<SubTask>(ctx, "sub-task", "/api/sub-tasks", id).await,
        false => Ok(id.as_str().to_owned()),
    }
}

/// What to name a task in a path.
///
/// # Errors
/// When the original has no such task, or several.
pub async fn task_id(ctx: &Context, id: &IdPrefix) -> Result<String> {
    match resolves_here(ctx, id).await? {
        true => legacy::ids::resolve::<Task>(ctx, "task", "/api/tasks", id).await,
        false => Ok(id.as_str().to_owned()),
    }
}

async fn resolves_here(ctx: &Context, id: &IdPrefix) -> Result<bool> {
    Ok(!id.is_whole() && ctx.is_original().await?)
}

/// What to name an agent in a request: our server takes a name or an id's beginning as it is.
///
/// # Errors
/// When the original has no such agent, or several.
pub async fn agent_ref(ctx: &Context, agent: &str) -> Result<String> {
    if is_whole_id(agent) || !ctx.is_original().await? {
        return Ok(agent.to_owned());
    }
    agent_id(ctx, agent).await
}

/// An agent's whole id, from its name, its id, or the id's beginning.
///
/// # Errors
/// When there is no such agent, or several.
pub async fn agent_id(ctx: &Context, agent: &str) -> Result<String> {
    if is_whole_id(agent) {
        return Ok(agent.to_ascii_lowercase());
    }
    let agents: Vec<AgentBrief> = ctx.client.get("/api/agents", &[]).await?;
    if let Some(named) = agents.iter().find(|a| a.name == agent) {
        return Ok(named.id.clone());
    }
    let prefix: Option<IdPrefix> = agent.parse().ok();
    let fits = |a: &&AgentBrief| prefix.as_ref().is_some_and(|p| a.id.starts_with(p.as_str()));
    only("agent", agent, agents.iter().filter(fits).map(|a| (a.id.as_str(), a.name.as_str())))
}

fn is_whole_id(text: &str) -> bool {
    text.parse::<IdPrefix>().is_ok_and(|id| id.is_whole())
}

/// The one candidate's id.
///
/// # Errors
/// When there is none, or more than one; then they are named.
pub fn only<'a>(
    what: &str,
    typed: &str,
    candidates: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<String> {
    let found: Vec<_> = candidates.take(6).collect();
    let typed = moss_api::clip(typed, 60);
    match found.as_slice() {
        [] => Err(Error::of(ErrorCode::NotFound, format!("no {what} is called {typed}"))),
        [(id, _)] => Ok((*id).to_owned()),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|(id, name)| format!("{id} \"{}\"", moss_api::clip(name, 40)))
                .collect();
            let message = format!("several {what}s begin with {typed}: {}", names.join(", "));
            Err(Error::of(ErrorCode::AmbiguousId, message).hint("type more of the id"))
        }
    }
}
