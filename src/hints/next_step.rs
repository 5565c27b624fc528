//! What a server advises, in commands.

use moss_api::{NextStep, is_hexadecimal};

use super::plan::{LEFTOVERS, QUESTIONS, cancel, task_status};
use super::review::{LATE, REVIEWS, VERDICTS, review_show};
use super::work::{AGENTS, AVAILABLE, FIND_MODULE, FIND_SUB_TASK, FIND_TASK, WAKE, show, submit};

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
        NextStep::ListModules => FIND_MODULE.to_owned(),
        NextStep::ListVerdicts => VERDICTS.to_owned(),
        NextStep::ListLate => LATE.to_owned(),
        NextStep::ListLeftovers => LEFTOVERS.to_owned(),
        NextStep::ListQuestions => QUESTIONS.to_owned(),
        NextStep::ListAnomalies => super::SCAN.to_owned(),
        NextStep::ListAgents { role: None } => AGENTS.to_owned(),
        NextStep::ListAgents { role: Some(role) } => format!("{AGENTS} --role {role}"),
        NextStep::Show { id: of } => show(&id(of.as_deref().unwrap_or("ID"))),
        NextStep::ShowHandedIn { id: of } => review_show(&id(of)),
        NextStep::ReadRules => "moss rules".to_owned(),
        NextStep::ReadReflections => "moss log mine --action reflection".to_owned(),
        NextStep::SubmitOrRelease { id: of } => {
            let of = id(of);
            format!("{}, or: moss release {of}", submit(&of))
        }
        NextStep::ActivateTask { id: of } => task_status(&id(of), "active"),
        NextStep::CancelTask { id: of } => cancel(&id(of)),
        NextStep::ApplyPlan => "moss plan apply FILE".to_owned(),
        NextStep::CheckKey => {
            "moss doctor shows which key is used, and how this agent gets another".to_owned()
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use moss_api::{Role, SubTaskStatus};

    #[test]
    fn a_refusals_next_step_is_worded_with_the_servers_own_words() {
        let id = || "01a3c9f2".to_owned();
        for (words, next, said) in [
            (None, NextStep::ListAvailable, "moss available"),
            (None, NextStep::Show { id: Some(id()) }, "moss show 01a3c9f2"),
            (
                None,
                NextStep::SubmitOrRelease { id: id() },
                "moss submit 01a3c9f2 --summary \"what you did\" --artifact FILE…, or: moss release 01a3c9f2",
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
                Some("it ended today"),
                NextStep::CheckKey,
                "moss doctor shows which key is used, and how this agent gets another; it ended today",
            ),
            (
                None,
                NextStep::ListModules,
                "moss list --modules TASK, with a task of moss list --tasks",
            ),
            (None, NextStep::ListVerdicts, "moss review list --records"),
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
