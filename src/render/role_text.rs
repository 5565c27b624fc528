//! What each role is told, from `prompts/` and `skills/`: one source for AGENTS.md, the wake-up
//! packet and SKILL.md. Each as it is on the agent's server.

use moss_api::Role;

use crate::config::server_kind::ServerKind;
use crate::render::original_words::on_original;

const OPEN: &str = "<!-- brief -->\n";
const CLOSE: &str = "<!-- / -->\n";

/// The file in `prompts/`.
const fn file(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../prompts/planner.md"),
        Role::Executor => include_str!("../../prompts/executor.md"),
        Role::Reviewer => include_str!("../../prompts/reviewer.md"),
        Role::Patrol => include_str!("../../prompts/patrol.md"),
    }
}

/// The file in `skills/`.
const fn skill_file(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../skills/moss-patrol/SKILL.md"),
    }
}

/// A text written for moss-server, as it is on this server; where none is known, as it was written.
pub fn on(server: Option<ServerKind>, text: &str) -> String {
    match server {
        Some(ServerKind::OpenMoss) => on_original(text),
        Some(ServerKind::Moss) | None => text.to_owned(),
    }
}

/// How a role does its work, for somebody who has read nothing else.
pub fn brief(role: Role, server: ServerKind) -> String {
    let rest = file(role).split_once(OPEN).map_or("", |(_, rest)| rest);
    on(Some(server), rest.split_once(CLOSE).map_or(rest, |(brief, _)| brief).trim_end())
}

/// What a role is for: the first line of its brief.
pub fn duty(role: Role, server: ServerKind) -> String {
    brief(role, server).lines().next().unwrap_or_default().to_owned()
}

/// The whole text for AGENTS.md.
pub fn whole(role: Role, server: ServerKind) -> String {
    on(Some(server), &file(role).replace(OPEN, "").replace(CLOSE, ""))
}

/// The SKILL.md this binary knows.
pub fn skill(role: Role, server: ServerKind) -> String {
    on(Some(server), skill_file(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_duty_a_brief_and_a_text() {
        for server in [ServerKind::Moss, ServerKind::OpenMoss] {
            for &role in Role::ALL {
                let (duty, brief) = (duty(role, server), brief(role, server));
                let whole = whole(role, server);
                assert!(duty.starts_with("You ") && duty.ends_with('.'), "{role}: {duty}");
                assert!(brief.starts_with(&duty) && brief.contains("moss COMMAND --help"));
                assert!(whole.contains(&brief) && !whole.contains("<!--"), "{role}: {whole}");
            }
        }
    }
}
