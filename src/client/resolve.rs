//! Resolving ids: from a name or the beginning of an id to the one thing it means.

use moss_api::{AgentBrief, ErrorCode, Exit, IdPrefix, SubTask, Task};
use serde::de::DeserializeOwned;

use super::{Client, pages};
use crate::error::{Error, Result};

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
pub async fn find(client: &Client, id: &IdPrefix) -> Result<Found> {
    match sub_task(client, id).await {
        Ok(sub_task) => Ok(Found::SubTask(Box::new(sub_task))),
        Err(error) if error.exit() == Exit::NotFound => match task(client, id).await {
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
pub async fn sub_task(client: &Client, id: &IdPrefix) -> Result<SubTask> {
    let id = sub_task_id(client, id).await?;
    client.get(&format!("/api/sub-tasks/{id}"), &[]).await
}

/// The task.
///
/// # Errors
/// When it is not there, or several are.
pub async fn task(client: &Client, id: &IdPrefix) -> Result<Task> {
    let id = task_id(client, id).await?;
    client.get(&format!("/api/tasks/{id}"), &[]).await
}

/// What to name a sub-task in a path: our server resolves a beginning, the original does not.
///
/// # Errors
/// When the original has no such sub-task, or several.
pub async fn sub_task_id(client: &Client, id: &IdPrefix) -> Result<String> {
    match resolves_here(client, id).await? {
        true => by_listing::<SubTask>(client, "sub-task", "/api/sub-tasks", id).await,
        false => Ok(id.as_str().to_owned()),
    }
}

/// What to name a task in a path.
///
/// # Errors
/// When the original has no such task, or several.
pub async fn task_id(client: &Client, id: &IdPrefix) -> Result<String> {
    match resolves_here(client, id).await? {
        true => by_listing::<Task>(client, "task", "/api/tasks", id).await,
        false => Ok(id.as_str().to_owned()),
    }
}

async fn resolves_here(client: &Client, id: &IdPrefix) -> Result<bool> {
    Ok(!id.is_whole() && client.is_original().await?)
}

/// What can be listed and has an id and a name.
trait Listed: DeserializeOwned {
    /// Id and name.
    fn id_and_name(&self) -> (&str, &str);
}

impl Listed for SubTask {
    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

impl Listed for Task {
    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

/// The whole id, found by listing: the original resolves no beginnings.
///
/// # Errors
/// When none in the list begins so, or several do.
async fn by_listing<T: Listed>(
    client: &Client,
    what: &str,
    path: &str,
    id: &IdPrefix,
) -> Result<String> {
    let page = pages::all::<T>(client, path, &[]).await?;
    let fits =
        page.items.iter().map(Listed::id_and_name).filter(|(i, _)| i.starts_with(id.as_str()));
    only(what, id.as_str(), fits)
}

/// What to name an agent in a request: our server takes a name or an id's beginning as it is.
///
/// # Errors
/// When the original has no such agent, or several.
pub async fn agent_ref(client: &Client, agent: &str) -> Result<String> {
    if is_whole_id(agent) || !client.is_original().await? {
        return Ok(agent.to_owned());
    }
    agent_id(client, agent).await
}

/// An agent's whole id, from its name, its id, or the id's beginning.
///
/// # Errors
/// When there is no such agent, or several.
pub async fn agent_id(client: &Client, agent: &str) -> Result<String> {
    if is_whole_id(agent) {
        return Ok(agent.to_ascii_lowercase());
    }
    let agents: Vec<AgentBrief> = client.get("/api/agents", &[]).await?;
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
fn only<'a>(
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
