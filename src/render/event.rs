//! An event of a sub-task's life: what was done, and by whom.

use moss_api::{Action, HistoryEvent};

use crate::render::sanitize::{quoted, word};

/// An action's word, or `create`.
pub fn action(event: &HistoryEvent) -> String {
    match event.action.as_str() {
        "create" => "create".to_owned(),
        action => word::<Action>(action),
    }
}

/// `"AI-Wu"`, `admin as "AI-Wu"`, or `server`.
pub fn by(event: &HistoryEvent) -> String {
    let agent = event.agent_name.as_deref().map_or_else(|| "server".to_owned(), quoted);
    in_place_of(agent, event.acted_by.as_deref())
}

/// An agent, or who acted in its place.
pub fn in_place_of(agent: String, acted_by: Option<&str>) -> String {
    match acted_by {
        None => agent,
        Some("admin") => format!("admin as {agent}"),
        Some(acting) => format!("{} as {agent}", quoted(acting)),
    }
}
