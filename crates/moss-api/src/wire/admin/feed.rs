//! The feed: who does what, for whoever may look. It never shows what was said.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{AgentStatus, Role};

/// Whether there is a feed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedStatus {
    /// Whether anyone may read it.
    pub enabled: bool,
}

/// A request an agent made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedRequest {
    /// Its number.
    pub id: String,
    /// When.
    pub timestamp: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Who.
    pub agent_id: String,
    /// Their name then.
    pub agent_name: String,
    /// Their role then.
    pub agent_role: OrUnknown<Role>,
    /// Always null: what was said is nobody else's business.
    pub request_body: Option<String>,
    /// HTTP status of the answer.
    pub response_status: i64,
}

/// An agent, as a stranger may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedAgent {
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
    /// When it registered.
    pub created_at: Timestamp,
}

/// An agent and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedAgentInShort {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// The sum of its ledger.
    pub total_score: i64,
    /// Requests since midnight.
    pub today_request_count: i64,
    /// What it handed in since midnight.
    pub today_submit_count: i64,
    /// Verdicts it gave since midnight.
    pub today_review_count: i64,
    /// What it works on.
    pub current_sub_task: Option<FeedSubTask>,
    /// Its newest requests, 5 at most.
    pub recent_actions: Vec<FeedAction>,
}

/// What an agent works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedSubTask {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// The name of its module.
    pub module_name: Option<String>,
}

/// A request of an agent that is named above it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedAction {
    /// HTTP method.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Always null, as in the feed.
    pub request_body: Option<String>,
    /// HTTP status of the answer.
    pub response_status: i64,
    /// When.
    pub timestamp: Timestamp,
}
