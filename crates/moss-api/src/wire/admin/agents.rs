//! Agents as the person in charge is shown them.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::wire::AgentHost;
use crate::work::{AgentStatus, Role};

/// An agent in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAgent {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// Free text.
    pub description: String,
    /// Whether it is let in.
    pub status: OrUnknown<AgentStatus>,
    /// The sum of its ledger.
    pub total_score: i64,
    /// Agents with a higher score, plus 1.
    pub rank: i64,
    /// When it asked something last.
    pub last_request_at: Option<Timestamp>,
    /// When it wrote into the log last.
    pub last_activity_at: Option<Timestamp>,
    /// When it registered.
    pub created_at: Timestamp,
    /// Sub-tasks it has that are not over: the sum of the next five.
    pub open_sub_task_count: i64,
    /// Those it has not begun.
    pub assigned_count: i64,
    /// Those it works on.
    pub in_progress_count: i64,
    /// Those that wait for a verdict.
    pub review_count: i64,
    /// Those that were rejected.
    pub rework_count: i64,
    /// Those that cannot go on.
    pub blocked_count: i64,
}

/// An agent by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAgentInFull {
    /// As in a list.
    #[serde(flatten)]
    pub agent: AdminAgent,
    /// How it is woken; none when `moss onboard` has told nothing.
    pub host: Option<AgentHost>,
    /// How many agents there are.
    pub total_agents: i64,
    /// Lines of its ledger above zero.
    pub reward_count: i64,
    /// Lines below.
    pub penalty_count: i64,
    /// All lines.
    pub total_reward_records: i64,
    /// Sub-tasks of its that were approved.
    pub done_count: i64,
    /// Sub-tasks of its that were given up.
    pub cancelled_count: i64,
}

/// In how many rows of each kind an agent is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceCounts {
    /// Sub-tasks it has, or had last.
    pub sub_task_count: i64,
    /// Verdicts it gave.
    pub review_count: i64,
    /// Lines of its ledger.
    pub reward_count: i64,
    /// Entries of the activity log it wrote.
    pub activity_count: i64,
    /// What it recorded on patrol.
    pub patrol_count: i64,
    /// Requests of its that are still logged.
    pub request_count: i64,
}

/// What there is of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentTraces {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub agent_id: String,
    /// What it is called.
    pub agent_name: String,
    /// In how many rows.
    #[serde(flatten)]
    pub counts: TraceCounts,
}

/// An agent that was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemovedAgent {
    /// What became of it, and what its history stands under.
    pub message: String,
    /// What it was called.
    pub agent_name: String,
    /// What it left, which stays.
    #[serde(flatten)]
    pub counts: TraceCounts,
}

/// A request an agent made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRequest {
    /// Its number.
    pub id: String,
    /// When.
    pub timestamp: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// HTTP status of the answer.
    pub response_status: i64,
    /// The body, or the query as JSON; cut at 10,000 characters.
    pub request_body: Option<String>,
    /// Who acted in the agent's place.
    pub acted_by: Option<String>,
}

/// How an agent gets onto a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bootstrap {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub agent_id: String,
    /// What to run there: it installs `moss`, registers it as the agent and puts it on a timer. It
    /// carries a secret, and works once.
    pub command: String,
    /// From then on it works no more.
    pub expires_at: Timestamp,
    /// Where to run it.
    pub message: String,
}
