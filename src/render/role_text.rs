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
    use moss_api::{WorkItem, WorkKind};

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

    /// What stands between quotes in a command of ours is refused where it arrives.
    #[test]
    fn every_text_of_a_command_is_a_placeholder() {
        use crate::hints::{
            about, add_first, add_to_module, add_to_task, log_reason, reflect, submit, verdicts,
        };
        let mut said = vec![
            add_to_task("ID"),
            add_to_module("ID", "ID"),
            add_first("ID"),
            reflect("ID"),
            log_reason("ID"),
            submit("ID"),
        ];
        said.extend(verdicts("ID", 1));
        for &kind in WorkKind::ALL {
            let item = serde_json::json!({
                "kind": kind.as_str(), "id": "01a3c9f2", "name": "N", "task_id": "t",
                "task_name": "T", "priority": "high", "round": 1, "attempt": 1,
                "since": "2026-11-20T09:45:00Z",
            });
            let item: WorkItem = serde_json::from_value(item).unwrap();
            said.extend([true, false].into_iter().flat_map(|original| about(&item, original)));
        }
        for &role in Role::ALL {
            for server in [ServerKind::Moss, ServerKind::OpenMoss] {
                let text = format!("{}\n{}", whole(role, server), skill(role, server));
                let commands = text.split('`').skip(1).step_by(2);
                said.extend(commands.filter(|it| it.starts_with("moss ")).map(str::to_owned));
            }
        }
        let quoted = |line: &str| -> Vec<String> {
            line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let texts: Vec<String> = said.iter().flat_map(|line| quoted(line)).collect();
        assert!(texts.len() > 15, "{texts:?}");
        for text in texts {
            assert!(moss_api::placeholder::is_placeholder(&text), "{text:?} would be taken");
        }
    }
}
