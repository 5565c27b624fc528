//! Scores as the person in charge is shown them.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::wire::RewardLog;
use crate::work::{AgentStatus, Role};

/// The scores of all agents, in a few numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoresInShort {
    /// How many agents there are.
    pub total_agents: i64,
    /// Those above zero.
    pub positive_score_agents: i64,
    /// Those at zero.
    pub zero_score_agents: i64,
    /// Those below.
    pub negative_score_agents: i64,
    /// The highest score; 0 without agents.
    pub top_score: i64,
    /// To two places; 0 without agents.
    pub average_score: f64,
    /// When a score changed last.
    pub last_score_at: Option<Timestamp>,
}

/// An agent in the order of scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminLeaderboardRow {
    /// Agents with a higher score, plus 1: who has the same shares it.
    pub rank: i64,
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub agent_id: String,
    /// What it is called.
    pub agent_name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// Whether it is let in.
    pub status: OrUnknown<AgentStatus>,
    /// The sum of its ledger.
    pub total_score: i64,
    /// Lines of its ledger above zero.
    pub reward_count: i64,
    /// Lines below.
    pub penalty_count: i64,
    /// All lines.
    pub total_records: i64,
    /// When its score changed last.
    pub last_score_at: Option<Timestamp>,
    /// When it registered.
    pub created_at: Timestamp,
}

/// A line of the ledger, with whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminRewardLog {
    /// The line.
    #[serde(flatten)]
    pub line: RewardLog,
    /// What the agent is called.
    pub agent_name: Option<String>,
}

/// A line of the ledger, with the score it led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjusted {
    /// The line.
    #[serde(flatten)]
    pub line: RewardLog,
    /// The agent's score now.
    pub current_total_score: i64,
}
