//! The commands of the work, and what finds something.

use std::time::Duration;

use moss_api::placeholder::{THE_REASON, WHAT_YOU_DID, WHAT_YOU_WILL_DO};

/// Asks for work.
pub const WAKE: &str = "moss wake";
/// Takes the best sub-task and begins.
pub const CLAIM: &str = "moss claim --start";
/// What anyone may claim.
pub const AVAILABLE: &str = "moss available";
/// Who there is.
pub const AGENTS: &str = "moss agents";
/// Who may be given work.
pub const EXECUTORS: &str = "moss agents --role executor";
/// Everybody's score.
pub const SCORES: &str = "moss score board";
/// After a sub-task was not found.
pub const FIND_SUB_TASK: &str = "moss list, or moss mine";
/// After a task was not found.
pub const FIND_TASK: &str = "moss list --tasks";
/// After a module was not found.
pub const FIND_MODULE: &str = "moss list --modules TASK, with a task of moss list --tasks";
/// After nothing was found.
pub const FIND_ANY: &str = "moss list, or moss list --tasks";
/// After the original was asked for what it cannot do.
pub const NEEDS_MOSS_SERVER: &str = "needs moss-server; moss list and moss show work here";
/// After a submission that came too late.
pub const KEPT: &str = "nothing is lost: a reviewer or the planner may adopt it; moss wake";
/// After a submission stood whose delivery was not kept.
pub const SUBMIT_AGAIN: &str = "the same moss submit again keeps it";
/// After a file whose path cannot be written down.
pub const RENAME_FILE: &str = "rename it; nothing was submitted";
/// After a text that is too long.
pub const TOO_LONG_TEXT: &str =
    "say less here; a file that is handed in holds the rest: moss submit ID --artifact FILE";
/// After a text that says nothing.
pub const SAY_SOMETHING: &str = "say it in words; @FILE and - read them from a file or a pipe";

/// Gives what people are to be told.
pub const NOTICES: &str = "moss notify pending";

/// Says that people were told.
pub fn ack(ids: &str) -> String {
    format!("moss notify ack {ids}  # once they know")
}

/// The same again, when a server that was asked too often answers again.
pub fn after(wait: Duration, command: &str) -> String {
    format!("wait {} s, then: {command}", wait.as_secs())
}

/// Begins a sub-task.
pub fn start(id: &str) -> String {
    format!("moss start {id}")
}

/// Everything about one thing.
pub fn show(id: &str) -> String {
    format!("moss show {id}")
}

/// The same, however long.
pub fn show_all(id: &str) -> String {
    format!("{} --all", show(id))
}

/// Writes down what was learnt from a rejection.
pub fn reflect(id: &str) -> String {
    format!("moss log add reflection --on {id} \"{WHAT_YOU_WILL_DO}\"")
}

/// After a block stood whose reason was not kept.
pub fn log_reason(id: &str) -> String {
    format!("moss log add patrol --on {id} \"{THE_REASON}\"")
}

/// Hands in what is begun.
pub fn submit(id: &str) -> String {
    format!("moss submit {id} --summary \"{WHAT_YOU_DID}\" --artifact FILE…")
}
