//! What each role is told, from `prompts/`: one source for AGENTS.md and for the wake-up packet.

use moss_api::Role;

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

/// How a role does its work, for somebody who has read nothing else.
pub fn brief(role: Role) -> &'static str {
    let rest = file(role).split_once(OPEN).map_or("", |(_, rest)| rest);
    rest.split_once(CLOSE).map_or(rest, |(brief, _)| brief).trim_end()
}

/// What a role is for: the first line of its brief.
pub fn duty(role: Role) -> &'static str {
    brief(role).lines().next().unwrap_or_default()
}

/// The whole text for AGENTS.md.
pub fn whole(role: Role) -> String {
    file(role).replace(OPEN, "").replace(CLOSE, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_duty_a_brief_and_a_text() {
        for &role in Role::ALL {
            let (duty, brief, whole) = (duty(role), brief(role), whole(role));
            assert!(duty.starts_with("You ") && duty.ends_with('.'), "{role}: {duty}");
            assert!(brief.starts_with(duty) && brief.contains("moss COMMAND --help"), "{role}");
            assert!(whole.contains(brief) && !whole.contains("<!--"), "{role}: {whole}");
        }
    }
}
