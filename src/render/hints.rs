//! What to type next. Every command a packet or an answer names is written here, as it can be
//! typed.

use moss_api::{NextStep, WorkItem, WorkKind, short_id};

use crate::config::server_kind::ServerKind;

/// The command for a next step; none for one that only a newer `moss` knows.
pub fn command(next: &NextStep) -> Option<String> {
    Some(match next {
        NextStep::Wake => WAKE.to_owned(),
        NextStep::ListAvailable => AVAILABLE.to_owned(),
        NextStep::ListMine => "moss mine".to_owned(),
        NextStep::ListReviews => REVIEWS.to_owned(),
        NextStep::ListSubTasks { task, status } => {
            let task = task.as_ref().map(|id| format!(" --task {id}")).unwrap_or_default();
            let status = status.map(|status| format!(" --status {status}")).unwrap_or_default();
            format!("moss list{task}{status}")
        }
        NextStep::ListAgents { role: None } => "moss agents".to_owned(),
        NextStep::ListAgents { role: Some(role) } => format!("moss agents --role {role}"),
        NextStep::Show { id } => show(id.as_deref().unwrap_or("ID")),
        NextStep::ReadRules => "moss rules".to_owned(),
        NextStep::ReadReflections => "moss log mine --action reflection".to_owned(),
        NextStep::SubmitOrRelease { id } => format!("moss submit {id}, or: moss release {id}"),
        NextStep::ActivateTask { id } => task_status(id, "active"),
        NextStep::CancelTask { id } => cancel(id),
        NextStep::ApplyPlan => "moss plan apply FILE".to_owned(),
        NextStep::CheckKey => "moss whoami shows which key is used".to_owned(),
        NextStep::LogIn { server } => format!("moss login --server {server} with that agent's key"),
        NextStep::LogInAsAdmin => "moss login --admin --server URL".to_owned(),
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
    format!("moss submit {id} --summary \"what you did\" --artifact PATH")
}

/// The two verdicts on an attempt. The original counts no attempts.
pub fn verdicts(id: &str, attempt: i64) -> [String; 2] {
    let attempt = if attempt > 0 { format!(" --attempt {attempt}") } else { String::new() };
    [
        format!("moss review approve {id}{attempt} --score 4 --comment \"…\""),
        format!("moss review reject {id}{attempt} --score 2 --issues \"what is wrong\""),
    ]
}

/// Everything one may want to do about an item, on a server of this kind. The original has no
/// `fail`, no `release`, and no edit of what is blocked; there a log entry tells the others.
pub fn about(item: &WorkItem, server: ServerKind) -> Vec<String> {
    let id = short_id(&item.id);
    match item.kind.get() {
        Some(WorkKind::Rework | WorkKind::Assigned) => vec![format!("moss start {id}"), submit(id)],
        Some(WorkKind::InProgress) => {
            let mut next = vec![submit(id)];
            if item.lease_until.is_some() {
                next.push(format!("moss heartbeat {id}  # if you need longer than the lease"));
            }
            let cannot = match server {
                ServerKind::Moss => format!("moss fail {id} --class unclear --detail"),
                ServerKind::OpenMoss => format!("moss log add blocked --on {id}"),
            };
            next.push(format!("{cannot} \"what is missing\"  # if you cannot"));
            next
        }
        Some(WorkKind::Review) => {
            let mut next = vec![format!("moss review show {id}")];
            next.extend(verdicts(id, item.attempt));
            next
        }
        Some(WorkKind::Blocked) => {
            let mut next = Vec::new();
            if server == ServerKind::Moss {
                next.push(format!(
                    "moss plan edit {id} --description \"…\"  # if it was unclear; then one of"
                ));
                next.push(format!("moss plan release {id}  # anyone may claim it"));
            }
            next.push(format!("moss plan reassign {id} AGENT  # moss agents --role executor"));
            next.push(format!("moss plan cancel {id}"));
            next
        }
        Some(WorkKind::Stalled) => {
            vec![format!("moss patrol block {id} --reason \"what is stuck\"")]
        }
        None => vec![format!("moss show {id}")],
    }
}
