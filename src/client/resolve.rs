//! Resolving ids by listing: from a name or the beginning of an id to the whole id.

use moss_api::{AgentBrief, ErrorCode, IdPrefix, SubTask, Task, text::Name};
use serde::de::DeserializeOwned;

use super::{Client, pages};
use crate::error::{Error, Result};

/// What can be listed and has an id and a name.
pub trait Listed: DeserializeOwned {
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

/// The whole id of what is listed at `path`.
///
/// # Errors
/// When none in the list begins so, or several do.
pub async fn by_listing<T: Listed>(
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

/// An agent's whole id, from its name, its id, or the id's beginning.
///
/// # Errors
/// When there is no such agent, or several.
pub async fn agent_id(client: &Client, agent: &str) -> Result<String> {
    if is_whole_id(agent) {
        return Ok(agent.to_ascii_lowercase());
    }
    let agents: Vec<AgentBrief> = client.get("/api/agents", &[]).await?;
    let prefix: Option<IdPrefix> = agent.parse().ok();
    let name = agent.parse::<Name>().map_or(agent.to_owned(), Into::into);
    let fits = |a: &&AgentBrief| {
        a.name == name || prefix.as_ref().is_some_and(|p| a.id.starts_with(p.as_str()))
    };
    only("agent", agent, agents.iter().filter(fits).map(|a| (a.id.as_str(), a.name.as_str())))
}

/// Whether it is a whole id already.
pub fn is_whole_id(text: &str) -> bool {
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
            let message = format!("several {what}s fit {typed}: {}", names.join(", "));
            Err(Error::of(ErrorCode::AmbiguousId, message).hint("type more of the id"))
        }
    }
}
