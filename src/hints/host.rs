//! What wakes an agent, and what it is told by.

/// Writes what OpenClaw needs.
const ONBOARD: &str = "moss onboard openclaw";
/// After an agent was taken off its timer.
pub const KEY_STAYS: &str = "its key stays; moss logout forgets it";
/// Writes what OpenClaw needs, and tells it.
pub const ONBOARD_RUN: &str = "moss onboard openclaw --run";
/// Below commands that were only printed.
pub const ONBOARD_RUN_INSTEAD: &str =
    "or let moss run them, which also finds who is told of failures: moss onboard openclaw --run";
/// Where no host knows the agent.
pub const ONBOARD_ANY: &str = "moss onboard cron --help";
/// Where OpenClaw is missing.
pub const NO_OPENCLAW: &str =
    "npm install -g openclaw, or only write the files: moss onboard openclaw";
/// Puts the skill into the workspace.
pub const SKILL_INSTALL: &str = "moss skill install";
/// Where the skill's folder is a link.
pub const KEEP_SKILL_BY_HAND: &str =
    "put a folder in its place, or write the file yourself: moss skill show > SKILL.md";
/// Where the skill is another.
pub const SKILL_DIFF: &str = "moss skill install";
/// Where a file and its copy have both been changed.
pub const MOVE_ONE_AWAY: &str = "move one of the two away; moss skill diff shows the changes";
/// In a folder that somebody has taken away.
pub const GO_ELSEWHERE: &str = "cd into one that is there, such as the agent's, and type it again";
/// On a server that is there and not well.
pub const UNWELL: &str = "tell the person in charge: reads go on, writes fail until it is mended";
/// How to read the manual page.
pub const MANUAL: [&str; 2] = [
    "moss man | man -l -",
    "mkdir -p ~/.local/share/man/man1 && moss man > ~/.local/share/man/man1/moss.1 && man moss",
];

/// With the name of another OpenClaw agent.
pub fn onboard_as(agent: &str) -> String {
    format!("{ONBOARD} --agent {agent} --run")
}
