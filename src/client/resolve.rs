//! Resolving ids by listing: from a name or the beginning of an id to the whole id.

use futures_util::future::try_join_all;
use moss_api::{
    AgentBrief, ErrorCode, IdPrefix, Module, Review, SubTask, Task, clip, is_hexadecimal, quoted,
    text::Name,
};
use serde::de::DeserializeOwned;

use super::{Client, pages};
use crate::error::{Error, Result};
use crate::hints;

/// How many tasks are asked for their modules at once: as many as our server answers one caller.
const AT_ONCE: usize = 4;

/// What can be listed and has an id and a name, or something that serves as one.
pub trait Listed: DeserializeOwned {
    /// What one is called, and the command that lists them.
    const WHAT: (&'static str, &'static str);

    /// Id and name.
    fn id_and_name(&self) -> (&str, &str);
}

impl Listed for SubTask {
    const WHAT: (&'static str, &'static str) = ("sub-task", hints::FIND_SUB_TASK);

    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

impl Listed for Task {
    const WHAT: (&'static str, &'static str) = ("task", hints::FIND_TASK);

    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

impl Listed for Review {
    const WHAT: (&'static str, &'static str) = ("verdict", hints::VERDICTS);

    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.sub_task_id)
    }
}

/// The whole id of what is listed at `path`.
///
/// # Errors
/// When none in the list begins so, or several do.
pub async fn by_listing<T: Listed>(client: &Client, path: &str, id: &IdPrefix) -> Result<String> {
    let (what, listed) = T::WHAT;
    let page = pages::all::<T>(client, path, &[]).await?;
    let fits =
        page.items.iter().map(Listed::id_and_name).filter(|(i, _)| i.starts_with(id.as_str()));
    only(what, id.as_str(), fits, listed)
}

/// A module's whole id. Only tasks list modules: those of the one named, or of all of them.
///
/// # Errors
/// When none begins so, or several do.
pub async fn module_id(client: &Client, task: Option<&str>, module: &str) -> Result<String> {
    let tasks = match task {
        Some(task) => vec![task.to_owned()],
        None => {
            let tasks = pages::all::<Task>(client, "/api/tasks", &[]).await?;
            tasks.items.into_iter().map(|task| task.id).collect()
        }
    };
    let prefix: Option<IdPrefix> = module.parse().ok();
    let mut fits: Vec<Module> = Vec::new();
    for some in tasks.chunks(AT_ONCE) {
        let paths: Vec<_> = some.iter().map(|id| format!("/api/tasks/{id}/modules")).collect();
        let asked = paths.iter().map(|path| client.get::<Vec<Module>>(path, &[]));
        let listed = try_join_all(asked).await?.into_iter().flatten();
        fits.extend(
            listed.filter(|m| prefix.as_ref().is_some_and(|p| m.id.starts_with(p.as_str()))),
        );
    }
    let named = fits.iter().map(|m| (m.id.as_str(), m.name.as_str()));
    only("module", module, named, hints::FIND_MODULE)
}

/// An agent's whole id, from its name, its id, or the id's beginning.
///
/// # Errors
/// When there is no such agent, or several.
pub async fn agent_id(client: &Client, agent: &str) -> Result<String> {
    if is_whole_id(agent) {
        return Ok(agent.to_ascii_lowercase());
    }
    listed_agent(client, agent).await
}

/// The same, and a whole id is looked up too.
///
/// # Errors
/// As [`agent_id`].
pub async fn listed_agent(client: &Client, agent: &str) -> Result<String> {
    let agents: Vec<AgentBrief> = client.get("/api/agents", &[]).await?;
    let prefix: Option<IdPrefix> = agent.parse().ok();
    let name = agent.parse::<Name>().map_or(agent.to_owned(), Into::into);
    let fits = |a: &&AgentBrief| {
        a.name == name || prefix.as_ref().is_some_and(|p| a.id.starts_with(p.as_str()))
    };
    let named = agents.iter().filter(fits).map(|a| (a.id.as_str(), a.name.as_str()));
    only("agent", agent, named, hints::AGENTS)
}

/// Whether it is a whole id already.
pub fn is_whole_id(text: &str) -> bool {
    text.parse::<IdPrefix>().is_ok_and(|id| id.is_whole())
}

/// An id as it is, and a name quoted.
fn shown(typed: &str) -> String {
    if is_hexadecimal(typed) { typed.to_owned() } else { quoted(&clip(typed, 60)) }
}

/// The one candidate's id.
///
/// # Errors
/// When there is none: then `listed` is what to type; or more than one: then they are named.
fn only<'a>(
    what: &str,
    typed: &str,
    candidates: impl Iterator<Item = (&'a str, &'a str)>,
    listed: &str,
) -> Result<String> {
    let found: Vec<_> = candidates.take(6).collect();
    match found.as_slice() {
        [] => {
            let message = format!("no {what} is called {}", shown(typed));
            Err(Error::of(ErrorCode::NotFound, message).hint(listed))
        }
        [(id, _)] => Ok((*id).to_owned()),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|(id, name)| format!("{} {}", shown(id), quoted(&clip(name, 40))))
                .collect();
            let typed = shown(typed);
            let message = format!("several {what}s fit {typed}: {}", names.join(", "));
            Err(Error::of(ErrorCode::AmbiguousId, message).hint("type more of the id"))
        }
    }
}
