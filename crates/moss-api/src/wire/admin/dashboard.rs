//! The dashboard: the work and the team in numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{AgentStatus, Role, SubTaskStatus, Verdict};

/// How things stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    /// When that was.
    pub generated_at: Timestamp,
    /// Of how many days reviews are counted in `review_result_distribution_7d`.
    pub review_window_days: i64,
    /// What is looked at first.
    pub core_cards: CoreCards,
    /// What is looked at then.
    pub secondary_cards: SecondaryCards,
    /// How many there are of each kind; of every kind, also where there are none.
    pub distributions: Distributions,
}

/// What is looked at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoreCards {
    /// Tasks in planning, active or in progress.
    pub open_task_count: i64,
    /// Sub-tasks that are assigned, in progress, in review, in rework or blocked.
    pub active_sub_task_count: i64,
    /// Sub-tasks that wait for a verdict.
    pub review_queue_count: i64,
    /// Sub-tasks that cannot go on.
    pub blocked_sub_task_count: i64,
    /// Agents that are let in.
    pub active_agent_count: i64,
    /// Sub-tasks approved since midnight.
    pub today_completed_sub_task_count: i64,
}

/// What is looked at then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondaryCards {
    /// Agents that are kept out.
    pub disabled_agent_count: i64,
    /// Verdicts since midnight.
    pub today_review_count: i64,
    /// Those that rejected.
    pub today_rejected_review_count: i64,
    /// How many of a hundred that is, to two places.
    pub today_reject_rate: f64,
    /// What all ledgers together gained since midnight.
    pub today_net_score_delta: i64,
}

/// How many there are of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Distributions {
    /// Tasks by status.
    pub task_status_distribution: BTreeMap<String, i64>,
    /// Sub-tasks by status.
    pub sub_task_status_distribution: BTreeMap<String, i64>,
    /// Agents by status.
    pub agent_status_distribution: BTreeMap<String, i64>,
    /// Agents by role.
    pub agent_role_distribution: BTreeMap<String, i64>,
    /// Verdicts of the last 7 days.
    pub review_result_distribution_7d: BTreeMap<String, i64>,
}

/// What is worth a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Highlights {
    /// When that was.
    pub generated_at: Timestamp,
    /// Rows of each list at most.
    pub limit: i64,
    /// After how many hours an agent counts as quiet.
    pub inactive_hours: i64,
    /// Sub-tasks that cannot go on, the longest first.
    pub blocked_sub_tasks: Vec<SubTaskInShort>,
    /// Sub-tasks that wait for a verdict, the longest first.
    pub pending_review_sub_tasks: Vec<SubTaskInShort>,
    /// Agents with open sub-tasks, most of them first.
    pub busy_agents: Vec<AgentInShort>,
    /// Agents that are let in and were not heard from for so long, the longest first.
    pub low_activity_agents: Vec<AgentInShort>,
    /// The newest verdicts.
    pub recent_reviews: Vec<ReviewInShort>,
}

/// A sub-task, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubTaskInShort {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Of which task.
    pub task_id: String,
    /// That one's name.
    pub task_name: Option<String>,
    /// One line.
    pub name: String,
    /// How far it is.
    pub status: OrUnknown<SubTaskStatus>,
    /// Who has it.
    pub assigned_agent: Option<String>,
    /// Their name.
    pub assigned_agent_name: Option<String>,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// How often it was rejected.
    pub rework_count: i64,
}

/// An agent, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentInShort {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// Whether it is let in.
    pub status: OrUnknown<AgentStatus>,
    /// The sum of its ledger.
    pub total_score: i64,
    /// Sub-tasks it has that are not over.
    pub open_sub_task_count: i64,
    /// When it asked something last.
    pub last_request_at: Option<Timestamp>,
    /// When it wrote into the log last.
    pub last_activity_at: Option<Timestamp>,
}

/// A verdict, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewInShort {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Of which task.
    pub task_id: Option<String>,
    /// That one's name.
    pub task_name: Option<String>,
    /// On which sub-task.
    pub sub_task_id: String,
    /// That one's name.
    pub sub_task_name: Option<String>,
    /// By whom.
    pub reviewer_agent: String,
    /// Their name.
    pub reviewer_agent_name: Option<String>,
    /// What it says.
    pub result: OrUnknown<Verdict>,
    /// 1 to 5.
    pub score: i64,
    /// When.
    pub created_at: Timestamp,
}

/// What was done, day by day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trends {
    /// When that was.
    pub generated_at: Timestamp,
    /// How many days.
    pub days: i64,
    /// The first: a date.
    pub start_date: String,
    /// The last: today.
    pub end_date: String,
    /// The name of the time zone its days are of.
    pub zone: String,
    /// Sub-tasks made.
    pub sub_task_created_trend: Vec<Count>,
    /// Sub-tasks approved.
    pub sub_task_completed_trend: Vec<Count>,
    /// Verdicts.
    pub review_trend: Vec<ReviewDay>,
    /// What scores gained and lost.
    pub score_delta_trend: Vec<ScoreDay>,
    /// Requests of agents.
    pub request_trend: Vec<Count>,
    /// Entries of the activity log.
    pub activity_trend: Vec<Count>,
}

/// How many on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    /// The day.
    pub date: String,
    /// How many.
    pub count: i64,
}

/// The verdicts of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewDay {
    /// The day.
    pub date: String,
    /// All of them.
    pub total: i64,
    /// Those that approved.
    pub approved: i64,
    /// Those that rejected.
    pub rejected: i64,
}

/// What the scores of a day gained and lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreDay {
    /// The day.
    pub date: String,
    /// The sum of what is above zero.
    pub positive_score_delta: i64,
    /// The sum of what is below.
    pub negative_score_delta: i64,
    /// Both together.
    pub net_score_delta: i64,
}
