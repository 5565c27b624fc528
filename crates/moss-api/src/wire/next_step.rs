//! Next steps: what to do after a refusal, or about what a packet left out. The wire names the
//! action, whoever shows it words it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::work::{Role, SubTaskStatus};

/// Something to do next: `{"action": "show", "id": "01a3c9f2"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum NextStep {
    /// Ask for work.
    Wake,
    /// Look at what anyone may claim.
    ListAvailable,
    /// Look at the caller's own sub-tasks.
    ListMine,
    /// Look at what waits for a verdict.
    ListReviews,
    /// Look at tasks.
    ListTasks,
    /// Look at sub-tasks.
    ListSubTasks {
        /// Of this task alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<String>,
        /// At this status alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<SubTaskStatus>,
    },
    /// Look at the modules of a task.
    ListModules,
    /// Look at the verdicts there are.
    ListVerdicts,
    /// Look at what was handed in too late.
    ListLate,
    /// Look at what was noticed on the way.
    ListLeftovers,
    /// Look at what the caller asked.
    ListQuestions,
    /// Look at what is amiss with the team.
    ListAnomalies,
    /// Look at agents.
    ListAgents {
        /// Of this role alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
    },
    /// Look at one thing, whole.
    Show {
        /// Its id, or the beginning; absent when several are meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Look at what was handed in, as it is to be judged.
    ShowHandedIn {
        /// The sub-task.
        id: String,
    },
    /// Read the rules.
    ReadRules,
    /// Read one's own reflections.
    ReadReflections,
    /// Hand a sub-task in, or give it back.
    SubmitOrRelease {
        /// The sub-task.
        id: String,
    },
    /// Open a task to executors.
    ActivateTask {
        /// The task.
        id: String,
    },
    /// Give a task up.
    CancelTask {
        /// The task.
        id: String,
    },
    /// Make a task from a plan.
    ApplyPlan,
    /// Find out which key is used, and what to do when it lets nobody in.
    CheckKey,
    /// Log in with the key of an agent there is already.
    LogIn {
        /// Where agents reach the server.
        server: String,
    },
    /// What a newer server names, as it came.
    #[serde(untagged)]
    Unknown(Value),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_action_has_a_word_and_what_it_is_about() {
        for (step, wire) in [
            (NextStep::Wake, json!({"action": "wake"})),
            (NextStep::Show { id: None }, json!({"action": "show"})),
            (
                NextStep::Show { id: Some("01a3c9f2".into()) },
                json!({"action": "show", "id": "01a3c9f2"}),
            ),
            (
                NextStep::ListSubTasks { task: None, status: Some(SubTaskStatus::Blocked) },
                json!({"action": "list_sub_tasks", "status": "blocked"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&step).unwrap(), wire);
            assert_eq!(serde_json::from_value::<NextStep>(wire).unwrap(), step);
        }
    }

    #[test]
    fn what_a_newer_server_names_is_kept() {
        for wire in [
            json!({"action": "ponder", "id": "x", "depth": 3}),
            json!({"action": "cancel_task"}),
            json!({"action": "list_sub_tasks", "status": "paused"}),
        ] {
            let step: NextStep = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(step, NextStep::Unknown(wire.clone()));
            assert_eq!(serde_json::to_value(&step).unwrap(), wire);
        }
    }
}
