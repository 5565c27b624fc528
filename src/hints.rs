//! What to type next. Every command of `moss` that a packet, an answer or an error names is written
//! here, as it can be typed; only the examples of `--help` stand with their commands.

use std::time::Duration;

use moss_api::placeholder::{
    NAME, TEXT, THE_REASON, WHAT_IS_MISSING, WHAT_IS_STUCK, WHAT_IS_WRONG, WHAT_YOU_DID,
    WHAT_YOU_WILL_DO, WHY,
};
use moss_api::{NextStep, Role, WorkItem, WorkKind, is_hexadecimal, short_id};

/// Asks for work.
pub const WAKE: &str = "moss wake";
/// Takes the best sub-task and begins.
pub const CLAIM: &str = "moss claim --start";
/// What anyone may claim.
pub const AVAILABLE: &str = "moss available";
/// What waits for a verdict.
pub const REVIEWS: &str = "moss review list";
/// Who there is.
pub const AGENTS: &str = "moss agents";
/// Who may be given work.
pub const EXECUTORS: &str = "moss agents --role executor";
/// Everybody's score.
pub const SCORES: &str = "moss score board";
/// Replaces `moss` by a newer one.
pub const UPDATE: &str = "moss update";
/// Takes back the `moss` before this one.
pub const ROLL_BACK: &str = "moss update --rollback";
/// Where there is nothing to go back to.
pub const UPDATE_TO_ANOTHER: &str = "moss update --version V installs another";
/// After a release that was recalled.
pub const UPDATE_FROM_RECALLED: &str = "moss update takes the newest that was not";
/// After a release that was not built for this machine.
pub const UPDATE_OTHER_BUILD: &str = "another version may have been: moss update";
/// After a download that was damaged.
pub const UPDATE_AGAIN: &str = "try again: moss update; this moss goes on working";
/// On a full disk.
pub const UPDATE_WITH_ROOM: &str = "make room, then: moss update; the old one goes on working";
/// After a manifest whose time is over.
pub const RENEW_MANIFEST: &str = "tell whoever runs the server to renew it; if this clock is \
    wrong, set it; moss update --version V takes one version all the same";
/// Before a manifest's time is over.
pub const RENEW_SOON: &str = "tell whoever runs the server to renew it";
/// With a clock that is behind.
pub const SET_CLOCK: &str = "timedatectl set-ntp true";
/// After a sub-task was not found.
pub const FIND_SUB_TASK: &str = "moss list, or moss mine";
/// After a task was not found.
pub const FIND_TASK: &str = "moss list --tasks";
/// After a module was not found.
pub const FIND_MODULE: &str = "moss list --modules TASK, with a task of moss list --tasks";
/// After a verdict was not found.
pub const VERDICTS: &str = "moss review list --records";
/// After nothing was found.
pub const FIND_ANY: &str = "moss list, or moss list --tasks";
/// After the original was asked for what it cannot do.
pub const NEEDS_MOSS_SERVER: &str = "needs moss-server; moss list and moss show work here";
/// After a submission stood whose delivery was not kept.
pub const SUBMIT_AGAIN: &str = "the same moss submit again keeps it";
/// After a key was refused.
pub const WHICH_KEY: &str = "moss whoami shows which key and server are used";
/// After something else than a server answered.
pub const WHICH_SERVER: &str =
    "check the server URL: moss whoami shows it, --server URL overrides it";
/// After a plan with an order, on a server that knows none.
pub const PLAN_IN_STEPS: &str = "moss plan add makes what must wait, once it may begin";
/// After a plan that is none.
pub const PLAN_EXAMPLE: &str = "moss plan example prints a valid one, with every field";
/// Added to what is wrong with a plan that was not sent.
pub const NOTHING_CREATED: &str = "nothing was created";
/// Added to why a plan was refused.
pub const NOTHING_CHANGED: &str = "nothing was created or changed";
/// After a plan that nobody answered.
pub const APPLY_AGAIN: &str = "it may have been applied; apply it again, twice is once";
/// For a planner with nothing to do, who may have been given a goal.
pub const PLAN_A_GOAL: &str = "moss plan example > plan.yaml";
/// After a key exchange that broke off.
pub const KEY_ROTATION_BROKE_OFF: &str =
    "the new key is kept and the old one still works: moss whoami tries again";
/// After a profile that is not there.
pub const PROFILES: &str = "moss profile list shows those you have";
/// After the name of a profile whose folder another agent has.
pub fn taken_over(name: &str) -> String {
    format!(
        "moss profile remove {} forgets the name; in a folder of its own, moss login --server URL \
         makes it known anew",
        shell(name)
    )
}
/// In place of a list of profiles.
pub const NO_PROFILES: &str = "you have no profiles; moss register or moss login makes one";
/// After the profile of another server.
pub const OTHER_PROFILE: &str =
    "use a profile of that server (moss profile list), or name its key with --key-file";
/// After a key that was brought along without its server.
pub const NAME_THE_SERVER: &str = "set MOSS_SERVER to the URL it was given for, as in: \
     MOSS_SERVER=URL moss whoami; without it, the profile's own key is used";
/// While another process changes what this one wants to.
pub const LOCKED: &str = "try again when it has ended; --timeout SECS waits longer, at most 10 s";
/// With something in place of the file to be locked.
pub fn remove_lock(path: &str) -> String {
    format!("rm {}; the next command makes it anew", shell(path))
}
/// After a key file without a key in it.
pub const KEY_FORMAT: &str = "a key is one line of ASCII, as moss register received it; the URL of \
     its server may follow on the next";
/// After a key that is not there.
pub const NO_KEY: &str = "moss login --server URL puts a key there; without one, moss register";
/// With a keyring that is locked.
pub const UNLOCK_KEYRING: &str = "unlock it, or keep the key in a file: moss login --store file";
/// Without a keyring.
pub const NO_KEYRING: &str = "keep the key in a file: moss login --store file";
/// Without a key in the keyring.
pub const NO_KEY_IN_KEYRING: &str =
    "moss login --server URL puts one there; without one, moss register";
/// After a profile that is a link or a pipe: it is written anew.
pub const NO_PROFILE_FILE: &str = "moss login --force --server URL";
/// After a profile that cannot be read: it is written anew, from the key beside it where that says
/// which server it is for.
pub fn rewrite_profile(folder: &str, server: Option<&str>, key: &str) -> String {
    let from = server.map(|_| format!(" < {}", shell(key))).unwrap_or_default();
    let server = server.map_or_else(|| "URL".to_owned(), shell);
    format!("moss login --force --server {server} --profile {}{from}", shell(folder))
}
/// Where nobody is registered.
pub const REGISTER: &str = "in the agent's workspace: moss register";
/// Where somebody was registered before.
pub const LOG_IN_AGAIN: &str =
    "moss login --server URL with the agent's key, or register anew: moss register --help";
/// Where no server is known.
pub const HOW_TO_REGISTER: &str = "in the agent's workspace: moss register --help";
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
/// After a text that is too long.
pub const TOO_LONG_TEXT: &str =
    "say less here; a file that is handed in holds the rest: moss submit ID --artifact FILE";
/// After a plan that is too long.
pub const SPLIT_PLAN: &str = "split it into several tasks";
/// After a text that says nothing.
pub const SAY_SOMETHING: &str = "say it in words; @FILE and - read them from a file or a pipe";
/// Where the skill's folder is a link.
pub const KEEP_SKILL_BY_HAND: &str =
    "put a folder in its place, or write the file yourself: moss skill show > SKILL.md";
/// Where the skill is another.
pub const SKILL_DIFF: &str = "moss skill install";
/// Where a file and its copy have both been changed.
pub const MOVE_ONE_AWAY: &str = "move one of the two away; moss skill diff shows the changes";
/// On a server that is there and not well.
pub const UNWELL: &str = "tell the person in charge: reads go on, writes fail until it is mended";
/// Once a server without TLS is behind https.
pub fn login_by_https(host: &str) -> String {
    format!("moss login --server {}", shell(&format!("https://{host}")))
}
/// After the admin has logged in.
pub const ACT_AS: &str = "moss --as AGENT wake";
/// How to read the manual page.
pub const MANUAL: [&str; 2] = [
    "moss man | man -l -",
    "mkdir -p ~/.local/share/man/man1 && moss man > ~/.local/share/man/man1/moss.1 && man moss",
];

/// The same again, when a server that was asked too often answers again.
pub fn after(wait: Duration, command: &str) -> String {
    format!("wait {} s, then: {command}", wait.as_secs())
}

/// Installs this version, even if it is older or failed before.
pub fn update_to(version: &str) -> String {
    format!("{UPDATE} --version {version}")
}

/// Where this user may not replace the program.
pub fn update_as_owner(moss: &str) -> String {
    format!("run moss update as the user that installed {moss}, or install it elsewhere")
}

/// With the key of somebody else.
pub fn wrong_key(server: &str, folder: &str) -> String {
    format!("moss login --force --server {} --profile {}", shell(server), shell(folder))
}

/// With a key that is about to end.
pub fn new_key(server: &str) -> String {
    format!("moss login --server {}", shell(server))
}

/// With a profile that is out of date: the same key again, from where it is.
pub fn stale_profile(server: &str, folder: &str, key: Option<&str>) -> String {
    let (server, folder) = (shell(server), shell(folder));
    match key {
        Some(key) => format!("moss login --server {server} --profile {folder} < {}", shell(key)),
        None => format!("moss login --server {server} --profile {folder}"),
    }
}

/// With a key that is of no agent any more. At the server's own machine it is one line; `folder` is
/// where the agent's profile is.
pub fn reset_key(agent: &str, server: &str, folder: &str, is_here: bool) -> String {
    let reset = format!("moss-server agent reset-key {}", shell(agent));
    let login = format!("moss login --server {} --profile {}", shell(server), shell(folder));
    if is_here {
        format!("{reset} | {login}")
    } else {
        format!("at the server's machine: {reset}; here, with what it prints: {login}")
    }
}

/// With an agent that was disabled.
pub fn enable_agent(agent: &str, is_here: bool) -> String {
    let enable = format!("moss-server agent enable {}", shell(agent));
    if is_here { enable } else { format!("at the server's machine: {enable}") }
}

fn shell(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// Begins a sub-task.
pub fn start(id: &str) -> String {
    format!("moss start {id}")
}

/// Everything about one thing.
pub fn show(id: &str) -> String {
    format!("moss show {id}")
}

/// How a task stands.
pub fn task(id: &str) -> String {
    format!("moss plan status {id}")
}

/// Moves a task on.
pub fn task_status(id: &str, status: &str) -> String {
    format!("{} {status}", task(id))
}

/// Offers the sub-tasks of a draft.
pub fn open_task(id: &str) -> String {
    format!("{}  # opens it to executors", task_status(id, "active"))
}

/// Gives up a task or a sub-task.
pub fn cancel(id: &str) -> String {
    format!("moss plan cancel {id}")
}

/// Leaves something as it is, but for why.
fn patrol_leave(id: &str) -> String {
    format!("moss patrol leave {id} --why")
}

/// Everything patrol can do about somebody who answers nothing.
pub fn about_anomaly(id: &str) -> [String; 2] {
    [
        "moss notify  # where a person is told, if anywhere; then".to_owned(),
        format!("{} \"{WHY}\"", patrol_leave(id)),
    ]
}

/// Lets anyone claim a blocked sub-task.
pub fn plan_release(id: &str) -> String {
    format!("moss plan release {id}")
}

/// Puts a sub-task into a task.
pub fn add_to_task(id: &str) -> String {
    format!("moss plan add {id} \"{NAME}\" --acceptance \"{TEXT}\"")
}

/// Puts a sub-task into a module.
pub fn add_to_module(task: &str, module: &str) -> String {
    format!("moss plan add {task} \"{NAME}\" --module {module} --acceptance \"{TEXT}\"")
}

/// Puts the first sub-task into a task, with everything an executor needs.
pub fn add_first(id: &str) -> String {
    format!(
        "moss plan add {id} \"{NAME}\" --description \"{TEXT}\" --deliverable \"{TEXT}\" --acceptance \"{TEXT}\""
    )
}

/// What a packet has only the beginning of.
pub fn whole_goal(id: &str) -> String {
    format!("{}  # the whole goal", show(id))
}

/// Writes down what was learnt from a rejection.
pub fn reflect(id: &str) -> String {
    format!("moss log add reflection --on {id} \"{WHAT_YOU_WILL_DO}\"")
}

/// After a block stood whose reason was not kept.
pub fn log_reason(id: &str) -> String {
    format!("moss log add patrol --on {id} \"{THE_REASON}\"")
}

/// After a plan for a task that is there already, on a server that cannot add to it.
pub fn applied_before(id: &str) -> String {
    format!("the original cannot apply a plan twice; add to it with moss plan add {id}")
}

/// After a plan that broke off.
pub fn applied_in_part(id: &str) -> String {
    format!("the plan was applied in part; {} gives it up", cancel(id))
}

/// With the name of another OpenClaw agent.
pub fn onboard_as(agent: &str) -> String {
    format!("{ONBOARD} --agent {agent} --run")
}

/// Before anybody is registered.
pub fn join(server_variable: &str, key_variable: &str) -> String {
    format!(
        "run it in the agent's workspace, set {server_variable} and {key_variable}, or join: moss register --help"
    )
}

/// With a key that everybody on the machine can read.
pub fn safer_key(variable: &str) -> String {
    format!("use {variable}, --key-file or moss login")
}

/// After a profile that names another server than the one its key was given for.
pub fn changed_profile(server: &str, key: &str) -> String {
    format!(
        "somebody changed the profile; moss login --force --server {server} < {key} writes it anew"
    )
}

/// After a key that does not say whose it is.
pub fn unlabelled_key(key: &str) -> String {
    format!("moss login --server URL < {key}")
}

/// After a login that named no server, where a profile names one.
pub fn login_to(server: &str) -> String {
    format!("moss login --server {server}, if the key is for it")
}

/// Without a profile of this name.
pub fn profiles_or_admin(server: &str) -> String {
    format!("moss profile list, or act as the admin: moss login --admin --server {server}")
}

/// The command for a next step; none for one that only a newer `moss` knows. What a server sends
/// in place of an id or a URL does not get into it.
pub fn command(next: &NextStep) -> Option<String> {
    let id = |id: &str| if is_hexadecimal(id) { id.to_owned() } else { "ID".to_owned() };
    Some(match next {
        NextStep::Wake => WAKE.to_owned(),
        NextStep::ListAvailable => AVAILABLE.to_owned(),
        NextStep::ListMine => "moss mine".to_owned(),
        NextStep::ListReviews => REVIEWS.to_owned(),
        NextStep::ListTasks => FIND_TASK.to_owned(),
        NextStep::ListSubTasks { task: None, status: None } => FIND_SUB_TASK.to_owned(),
        NextStep::ListSubTasks { task, status } => {
            let task = task.as_ref().map(|of| format!(" --task {}", id(of))).unwrap_or_default();
            let status = status.map(|status| format!(" --status {status}")).unwrap_or_default();
            format!("moss list{task}{status}")
        }
        NextStep::ListAnomalies => "moss patrol list".to_owned(),
        NextStep::ListAgents { role: None } => AGENTS.to_owned(),
        NextStep::ListAgents { role: Some(role) } => format!("{AGENTS} --role {role}"),
        NextStep::Show { id: of } => show(&id(of.as_deref().unwrap_or("ID"))),
        NextStep::ShowHandedIn { id: of } => review_show(&id(of)),
        NextStep::ReadRules => "moss rules".to_owned(),
        NextStep::ReadReflections => "moss log mine --action reflection".to_owned(),
        NextStep::SubmitOrRelease { id: of } => {
            format!("moss submit {0}, or: moss release {0}", id(of))
        }
        NextStep::ActivateTask { id: of } => task_status(&id(of), "active"),
        NextStep::CancelTask { id: of } => cancel(&id(of)),
        NextStep::ApplyPlan => "moss plan apply FILE".to_owned(),
        NextStep::CheckKey => "moss whoami shows which key is used".to_owned(),
        NextStep::LogIn { server } => {
            let url =
                reqwest::Url::parse(server).ok().filter(|url| url.scheme().starts_with("http"));
            let server = url.map_or_else(|| "URL".to_owned(), String::from);
            // A URL may hold what a shell would take for a command.
            let server = shlex::try_quote(server.trim_end_matches('/')).unwrap_or("URL".into());
            format!("moss login --server {server} with that agent's key")
        }
        NextStep::Unknown(_) => return None,
    })
}

/// What a server's refusal advises: its own words, and the command for its next step.
pub fn advice(words: Option<String>, next: Option<&NextStep>) -> Option<String> {
    match (next.and_then(|next| Some((next, command(next)?))), words) {
        (None, words) => words,
        (Some((_, command)), None) => Some(command),
        (Some((NextStep::LogIn { .. }, command)), Some(words)) => {
            Some(format!("{command}, or {words}"))
        }
        (Some((NextStep::CheckKey, command)), Some(words)) => Some(format!("{command}; {words}")),
        (Some((_, command)), Some(words)) => Some(format!("{words}: {command}")),
    }
}

/// Hands in what is begun.
pub fn submit(id: &str) -> String {
    format!("moss submit {id} --summary \"{WHAT_YOU_DID}\" --artifact FILE…")
}

/// Gives an item back, for whoever holds one; the original has no such command.
pub fn give_back(item: &WorkItem, on_original: bool) -> Option<String> {
    let held = matches!(
        item.kind.get(),
        Some(WorkKind::Rework | WorkKind::Assigned | WorkKind::InProgress)
    );
    (held && !on_original)
        .then(|| format!("moss release {}  # if another should do it", short_id(&item.id)))
}

/// What was handed in, as it is to be judged.
pub fn review_show(id: &str) -> String {
    format!("moss review show {id}")
}

/// The same with what a packet and a brief say already, for whoever has neither.
pub fn review_all(id: &str) -> String {
    format!("{} --all  # who, what was asked, scores", review_show(id))
}

/// The two verdicts on an attempt. The original counts no attempts.
pub fn verdicts(id: &str, attempt: i64) -> [String; 2] {
    let attempt = if attempt > 0 { format!(" --attempt {attempt}") } else { String::new() };
    [
        format!("moss review approve {id}{attempt} --score 3-5 --comment \"{WHY}\""),
        format!("moss review reject {id}{attempt} --score 1-2 --issues \"{WHAT_IS_WRONG}\""),
    ]
}

/// The same, with what the scores mean.
pub fn scored_verdicts(id: &str, attempt: i64) -> [String; 2] {
    let [approve, reject] = verdicts(id, attempt);
    [format!("{approve}  # {GOOD}"), format!("{reject}  # {BAD}")]
}

/// What the scores of an approval mean. A command names several: the reviewer chooses.
pub const GOOD: &str = "5 better than asked, 4 as asked, 3 barely";
/// What the scores of a rejection mean.
pub const BAD: &str = "2 falls short, 1 not what was asked";

/// What the items after the first are, for a role that does not go through all of them alike.
pub fn the_rest(role: Option<Role>) -> Option<&'static str> {
    match role {
        Some(Role::Executor) => Some("LATER, one a wake-up (moss show ID tells all):"),
        Some(Role::Planner | Role::Patrol) => {
            Some("THEN in the same way (moss show ID tells all):")
        }
        Some(Role::Reviewer) | None => None,
    }
}

/// Everything one may want to do about an item. The original has no `fail`, no `release`, and no
/// edit of what is blocked; there a log entry tells the others.
pub fn about(item: &WorkItem, on_original: bool) -> Vec<String> {
    let id = short_id(&item.id);
    match item.kind.get() {
        Some(WorkKind::Rework | WorkKind::Assigned) => vec![start(id), submit(id)],
        Some(WorkKind::InProgress) => {
            let mut next = vec![submit(id)];
            if item.lease_until.is_some() {
                next.push(format!("moss heartbeat {id}  # if you need longer than the lease"));
            }
            let cannot = if on_original {
                format!("moss log add blocked --on {id}")
            } else {
                format!("moss fail {id} --class unclear --detail")
            };
            next.push(format!("{cannot} \"{WHAT_IS_MISSING}\"  # if you cannot"));
            next
        }
        Some(WorkKind::Review) => vec![review_show(id)],
        Some(WorkKind::Blocked) => {
            let mut next = Vec::new();
            if !on_original {
                next.push(format!(
                    "moss plan edit {id} --description \"{TEXT}\"  # if it was unclear; then one of"
                ));
                next.push(format!("{}  # anyone may claim it", plan_release(id)));
            }
            next.push(format!("moss plan reassign {id} AGENT  # {EXECUTORS}"));
            next.push(cancel(id));
            if !on_original {
                next.push(format!("moss plan wait {id} --why \"{WHY}\"  # nothing to do yet"));
            }
            next
        }
        Some(WorkKind::Stalled) => {
            let mut next = vec![format!("moss patrol block {id} --reason \"{WHAT_IS_STUCK}\"")];
            if !on_original {
                next.push(format!("{} \"{WHY}\"  # slow, but moving", patrol_leave(id)));
            }
            next
        }
        None => vec![show(id)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moss_api::SubTaskStatus;

    #[test]
    fn a_refusals_next_step_is_worded_with_the_servers_own_words() {
        let id = || "01a3c9f2".to_owned();
        for (words, next, said) in [
            (None, NextStep::ListAvailable, "moss available"),
            (None, NextStep::Show { id: Some(id()) }, "moss show 01a3c9f2"),
            (
                None,
                NextStep::SubmitOrRelease { id: id() },
                "moss submit 01a3c9f2, or: moss release 01a3c9f2",
            ),
            (None, NextStep::ActivateTask { id: id() }, "moss plan status 01a3c9f2 active"),
            (
                None,
                NextStep::ListAgents { role: Some(Role::Executor) },
                "moss agents --role executor",
            ),
            (
                None,
                NextStep::ListSubTasks { task: None, status: Some(SubTaskStatus::InProgress) },
                "moss list --status in_progress",
            ),
            (
                Some("leave it to another reviewer"),
                NextStep::ListReviews,
                "leave it to another reviewer: moss review list",
            ),
            (
                Some("register under another name"),
                NextStep::LogIn { server: "http://h".into() },
                "moss login --server http://h with that agent's key, or register under another name",
            ),
            (
                Some("register again if it is lost"),
                NextStep::CheckKey,
                "moss whoami shows which key is used; register again if it is lost",
            ),
        ] {
            assert_eq!(advice(words.map(str::to_owned), Some(&next)).as_deref(), Some(said));
        }
    }

    #[test]
    fn a_step_of_a_newer_server_leaves_its_words() {
        let next = NextStep::Unknown(serde_json::json!({"action": "ponder"}));
        assert_eq!(advice(Some("think".into()), Some(&next)).as_deref(), Some("think"));
        assert_eq!(advice(None, Some(&next)), None);
    }
}
