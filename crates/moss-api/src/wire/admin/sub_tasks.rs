//! Sub-tasks as the person in charge is shown them.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{BlockOwner, Priority, SubTaskStatus, WorkType};

/// A sub-task in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminSubTask {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The task it is part of.
    pub task_id: String,
    /// That one's name.
    pub task_name: Option<String>,
    /// The module it is part of.
    pub module_id: Option<String>,
    /// That one's name.
    pub module_name: Option<String>,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it comes again.
    #[serde(rename = "type")]
    pub kind: OrUnknown<WorkType>,
    /// How far it is.
    pub status: OrUnknown<SubTaskStatus>,
    /// How urgent.
    pub priority: OrUnknown<Priority>,
    /// Who has it, or is to rework it.
    pub assigned_agent: Option<String>,
    /// Their name.
    pub assigned_agent_name: Option<String>,
    /// The session that works on it.
    pub current_session_id: Option<String>,
    /// How often it was rejected.
    pub rework_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// When it was approved.
    pub completed_at: Option<Timestamp>,
    /// Until then its holder has it.
    pub lease_until: Option<Timestamp>,
    /// By then it is to be done.
    pub deadline: Option<Timestamp>,
    /// Why it is blocked.
    pub block_reason: Option<String>,
    /// Whose turn it is then.
    pub block_owner: Option<OrUnknown<BlockOwner>>,
}

/// A sub-task with everything it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminSubTaskInFull {
    /// As in a list.
    #[serde(flatten)]
    pub row: AdminSubTask,
    /// What is to be handed in.
    pub deliverable: String,
    /// When it is good.
    pub acceptance: String,
}
