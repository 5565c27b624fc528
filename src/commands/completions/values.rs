//! What an argument can be. Its type says so: an id is an id wherever it is asked for.

use std::any::TypeId;
use std::path::PathBuf;

use clap::Arg;
use moss_api::{
    Action, AgentStatus, FailClass, IdPrefix, LogAction, Priority, Role, SubTaskStatus, TaskStatus,
    Verdict, WorkType,
};

use super::candidate::{Candidate, MAX_OFFERED, is_plain, styled};
use super::line::Cursor;
use super::live::Lookup;
use crate::config::profiles::Profiles;

/// What fits where the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// These words, perhaps none.
    Words(Vec<Candidate>),
    /// What the server knows of these.
    Lookup(Lookup),
    /// A file: every shell completes those better itself.
    Files,
}

/// What the argument can be that begins with `word`.
pub fn of(cursor: &Cursor<'_>, arg: &Arg, word: &str) -> Offer {
    let value_type = arg.get_value_parser().type_id();
    if value_type == TypeId::of::<PathBuf>() {
        return Offer::Files;
    }
    if value_type == TypeId::of::<IdPrefix>() {
        return Offer::Lookup(id(cursor, arg));
    }
    if is_named(arg, "PROFILE") {
        return Offer::Words(profiles(word));
    }
    if is_named(arg, "AGENT") {
        let executors = matches!(cursor.path.first(), Some(&("plan" | "review")));
        return Offer::Lookup(Lookup::Agents { executors });
    }
    let mut candidates = Vec::new();
    for value in arg.get_possible_values().iter().filter(|value| !value.is_hide_set()) {
        candidates.push(Candidate::new(value.get_name(), &styled(value.get_help())));
    }
    for word in vocabulary(cursor, arg).split(", ").filter(|word| !word.is_empty()) {
        candidates.push(Candidate::new(word, ""));
    }
    candidates.retain(|candidate| candidate.value.starts_with(word));
    Offer::Words(candidates)
}

/// The user's profiles: no server is asked.
fn profiles(word: &str) -> Vec<Candidate> {
    let known = Profiles::of_user().map(|profiles| profiles.list()).unwrap_or_default();
    let fits =
        known.into_iter().filter(|known| is_plain(&known.name) && known.name.starts_with(word));
    fits.map(|known| Candidate::new(&known.name, "")).take(MAX_OFFERED).collect()
}

/// Whether the value is called so in `--help`.
fn is_named(arg: &Arg, name: &str) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|n| n == name))
}

/// Ids of what the command can do something to.
fn id(cursor: &Cursor<'_>, arg: &Arg) -> Lookup {
    if arg.get_id() == "task" || is_named(arg, "TASK") {
        return Lookup::Tasks;
    }
    // What a flag names is looked up, not changed.
    if !arg.is_positional() {
        return Lookup::SubTasks(None);
    }
    match cursor.path.as_slice() {
        ["review", "show"] => Lookup::SubTasks(Some(Action::Approve)),
        ["plan", "wait"] => Lookup::SubTasks(Some(Action::Leave)),
        _ => Lookup::SubTasks(
            cursor.command.get_name_and_visible_aliases().iter().find_map(|name| name.parse().ok()),
        ),
    }
}

/// The words of the argument's vocabulary, comma separated; none when it is no vocabulary.
fn vocabulary(cursor: &Cursor<'_>, arg: &Arg) -> String {
    let value_type = arg.get_value_parser().type_id();
    macro_rules! words {
        ($($word:ty),+) => {
            $(if value_type == TypeId::of::<$word>() {
                return <$word>::words();
            })+
        };
    }
    words!(
        Role,
        AgentStatus,
        SubTaskStatus,
        TaskStatus,
        Priority,
        WorkType,
        Verdict,
        FailClass,
        LogAction
    );
    // `list --status` is of one vocabulary or of another.
    match (cursor.path.as_slice(), arg.get_id().as_str()) {
        (["list"], "status") if cursor.given.iter().any(|id| *id == "tasks") => TaskStatus::words(),
        (["list"], "status") => SubTaskStatus::words(),
        _ => String::new(),
    }
}
