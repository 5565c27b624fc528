//! What the server knows, for somebody who waits with a finger on a key: one question, a hard
//! limit, and nothing when anything is not as it should be. Writes nothing, asks nobody.

use std::ffi::OsStr;
use std::thread;
use std::time::Duration;

use clap::{Command, FromArgMatches};
use moss_api::{
    Action, AgentBrief, AgentStatus, Exit, IdPrefix, MAX_PAGE_SIZE, Page, Role, SHORT_ID, SubTask,
    SubTaskStatus, Task, short_id, source_statuses,
};

use super::candidate::{Candidate, MAX_OFFERED, called, is_plain};
use crate::client::Client;
use crate::config::Config;
use crate::config::flags::GlobalFlags;

/// Longest a person waits, whatever hangs: the server, a name look-up, a disk, a key store.
const LIMIT: Duration = Duration::from_millis(1_400);

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Sub-tasks; with an action, those it can be done to.
    SubTasks(Option<Action>),
    /// Tasks.
    Tasks,
    /// Agents.
    Agents {
        /// Only those who could be given a sub-task.
        executors: bool,
    },
}

/// What is wanted and begins with `word`, at most [`MAX_OFFERED`]. The process ends when time is up.
pub async fn ask(
    root: Command,
    wanted: Lookup,
    before: &[String],
    word: &str,
) -> Option<Vec<Candidate>> {
    give_up_after(LIMIT);
    let config = Config::for_agent(&global(root, before)?).ok()?;
    let role = config.role();
    let client = Client::new(&config, LIMIT, false).ok()?.without_retries().only_moss_server();
    let mut candidates = match wanted {
        Lookup::SubTasks(action) => sub_tasks(&client, action, role, word).await,
        Lookup::Tasks => tasks(&client, word).await,
        Lookup::Agents { executors } => agents(&client, executors, word).await,
    }?;
    candidates.truncate(MAX_OFFERED);
    Some(candidates)
}

/// From a thread of its own: not everything that can hang can be interrupted.
fn give_up_after(limit: Duration) {
    let give_up = move || {
        thread::sleep(limit);
        std::process::exit(Exit::Done.code().into())
    };
    let _ = thread::Builder::new().spawn(give_up); // without one, requests still end in time
}

/// The flags every command has, as far as they are typed: another server may be meant.
fn global(root: Command, before: &[String]) -> Option<GlobalFlags> {
    let matches = root.ignore_errors(true).try_get_matches_from(before).ok()?;
    let mut global = GlobalFlags::from_arg_matches(&matches).ok()?;
    if global.key_file.as_deref().is_some_and(|path| path == OsStr::new("-")) {
        return None; // the shell's standard input is not ours to read
    }
    global.key = None; // warns
    global.no_input = true;
    Some(global)
}

async fn sub_tasks(
    client: &Client,
    action: Option<Action>,
    role: Option<Role>,
    word: &str,
) -> Option<Vec<Candidate>> {
    let statuses = action.map(|action| statuses(action, role)).unwrap_or_default();
    if action.is_some() && statuses.is_empty() {
        return None; // this role never may
    }
    let own = match action {
        Some(Action::Start | Action::Heartbeat | Action::Submit | Action::Fail) => true,
        Some(Action::Release) => role == Some(Role::Executor),
        Some(_) | None => false,
    };
    let path = match action {
        Some(Action::Claim) => "/api/sub-tasks/available",
        _ if own => "/api/sub-tasks/mine",
        _ => "/api/sub-tasks",
    };
    let mut query = vec![("page_size", MAX_PAGE_SIZE.to_string())];
    if let [only] = statuses.as_slice()
        && action != Some(Action::Claim)
    {
        query.push(("status", only.to_string()));
    }
    let page: Page<SubTask> = client.get(path, &query).await.ok()?;
    let fits = |it: &SubTask| {
        statuses.is_empty() || it.status.get().is_some_and(|status| statuses.contains(&status))
    };
    let named = page.items.iter().filter(|it| fits(it));
    Some(
        named
            .filter_map(|it| by_id(&it.id, word, &format!("{}, {}", it.status, called(&it.name))))
            .collect(),
    )
}

/// Where `action` may start from; by anyone, while it is not known whose it will be.
fn statuses(action: Action, role: Option<Role>) -> Vec<SubTaskStatus> {
    let roles = role.as_ref().map_or(Role::ALL, std::slice::from_ref);
    let of = |&role: &Role| source_statuses(action, role).unwrap_or_default();
    roles.iter().flat_map(of).collect()
}

async fn tasks(client: &Client, word: &str) -> Option<Vec<Candidate>> {
    let query = [("page_size", MAX_PAGE_SIZE.to_string())];
    let page: Page<Task> = client.get("/api/tasks", &query).await.ok()?;
    let about = |it: &Task| format!("{}, {}", it.status, called(&it.name));
    Some(page.items.iter().filter_map(|it| by_id(&it.id, word, &about(it))).collect())
}

async fn agents(client: &Client, executors: bool, word: &str) -> Option<Vec<Candidate>> {
    let mut query = Vec::new();
    if executors {
        query.push(("role", Role::Executor.to_string()));
        query.push(("status", AgentStatus::Active.to_string()));
    }
    let agents: Vec<AgentBrief> = client.get("/api/agents", &query).await.ok()?;
    let of = |it: &AgentBrief| {
        let about = format!("{}, score {}", it.role, it.total_score);
        if is_plain(&it.name) && it.name.starts_with(word) {
            return Some(Candidate::new(it.name.as_str(), &about));
        }
        by_id(&it.id, word, &format!("{about}, {}", called(&it.name)))
    };
    Some(agents.iter().filter_map(of).collect())
}

/// An id, as short as it is printed, that begins with `word`. Nothing for what is no id, whatever
/// the server says: it is about to stand on somebody's command line.
fn by_id(id: &str, word: &str, about: &str) -> Option<Candidate> {
    let fits = id.starts_with(&word.to_ascii_lowercase()) && id.parse::<IdPrefix>().is_ok();
    let shown = if word.len() > SHORT_ID { id } else { short_id(id) };
    fits.then(|| Candidate::new(shown, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_take_for_more_is_no_plain_name() {
        for plain in ["AI-Wu", "吴", "a.b_c-9"] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "", "-rf", "~root", "a b", "$(id)", "`id`", "a;b", "a\nb", "a'b", "=ls", "a*", "a:b",
            "{a,b}", "!1",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }

    #[test]
    fn only_ids_are_offered_as_ids() {
        let id = "01a3c9f2-0000-4000-8000-000000000001";
        assert_eq!(by_id(id, "01A3", "x").unwrap().value, "01a3c9f2");
        assert_eq!(by_id(id, "01a3c9f2-", "x").unwrap().value, id);
        assert_eq!(by_id(id, "02", "x"), None);
        assert_eq!(by_id("$(touch it)", "", "x"), None);
    }

    #[test]
    fn the_state_machine_says_what_an_action_can_be_done_to() {
        use SubTaskStatus as S;
        let start = statuses(Action::Start, Some(Role::Executor));
        assert_eq!(start, [S::Assigned, S::Rework]);
        assert_eq!(statuses(Action::Release, Some(Role::Planner)), [S::Blocked]);
        assert_eq!(statuses(Action::Approve, None), [S::Review]);
        assert_eq!(statuses(Action::Claim, Some(Role::Patrol)), []);
    }
}
