//! The state machine as Markdown tables, for `docs/states.md` and the skills.

use std::fmt::Write as _;

use moss_api::{
    Action, Role, SubTaskStatus, TaskStatus, allowed_actions, check_task_transition, next_status,
    offers_work,
};

/// `docs/states.md`, whole.
pub fn states_markdown() -> String {
    let mut out = String::from(
        "# States\n\nGenerated from `moss-api`; a test keeps it fresh. To renew it: `cargo xtask docs`.\n\n\
         ## Sub-tasks\n\n| from | action | by | to |\n|---|---|---|---|\n",
    );
    for &from in SubTaskStatus::ALL {
        if from.is_final() {
            let _ = writeln!(out, "| {from} | – | – | final |");
        }
        for &action in Action::ALL {
            let by: Vec<_> = Role::ALL
                .iter()
                .filter_map(|&role| next_status(from, action, role).ok().map(|to| (role, to)))
                .collect();
            if let Some((_, to)) = by.first() {
                let roles: Vec<_> = by.iter().map(|(role, _)| role.as_str()).collect();
                let _ = writeln!(out, "| {from} | {action} | {} | {to} |", roles.join(", "));
            }
        }
    }
    out.push_str(
        "\nAn executor moves only what it holds. `timeout` is done by the server when a lease runs out, \
         in the patrol's name; so are `let_go` and `pass_on`. `adopt` takes a late submission.\n\n## Tasks\n\n| from | to | its sub-tasks are offered |\n|---|---|---|\n",
    );
    for &from in TaskStatus::ALL {
        let to: Vec<_> = TaskStatus::ALL
            .iter()
            .filter(|&&to| to != from && check_task_transition(from, to).is_ok())
            .map(|to| to.as_str())
            .collect();
        let to = if to.is_empty() { "final".to_owned() } else { to.join(", ") };
        let offers = if offers_work(from) { "yes" } else { "no" };
        let _ = writeln!(out, "| {from} | {to} | {offers} |");
    }
    out.push_str(
        "\nA task turns in_progress by itself when its first sub-task starts. It can be completed only \
         when every sub-task is done or cancelled.\n",
    );
    out
}

/// What one role can do, status by status: the table in its SKILL.md.
pub fn actions_markdown(role: Role) -> String {
    let mut out = String::from("| sub-task is | you may |\n|---|---|\n");
    for &status in SubTaskStatus::ALL {
        let words: Vec<_> = allowed_actions(status, role)
            .into_iter()
            .filter(|(action, _)| {
                // What the server does, and what is done to a late submission.
                !matches!(
                    action,
                    Action::Timeout
                        | Action::LetGo
                        | Action::PassOn
                        | Action::Adopt
                        | Action::Session
                )
            })
            .map(
                |(action, to)| {
                    if to == status { action.to_string() } else { format!("{action} → {to}") }
                },
            )
            .collect();
        if !words.is_empty() {
            let _ = writeln!(out, "| {status} | {} |", words.join(", "));
        }
    }
    out
}
