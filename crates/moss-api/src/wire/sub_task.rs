//! Sub-tasks as a server answers with them: what they are, who holds them, and what was handed in.

use serde::{Deserialize, Serialize};

use crate::lease::LeaseLength;
use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{BlockClass, BlockOwner, LateState, Priority, SubTaskStatus, WorkType};

/// The unit agents work on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubTask {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Its task.
    pub task_id: String,
    /// Its module, if it has one.
    pub module_id: Option<String>,
    /// One line.
    pub name: String,
    /// What to do.
    pub description: String,
    /// What to hand in.
    pub deliverable: String,
    /// How it will be judged.
    pub acceptance: String,
    /// Whether it comes again.
    #[serde(rename = "type")]
    pub kind: OrUnknown<WorkType>,
    /// Where it stands.
    pub status: OrUnknown<SubTaskStatus>,
    /// How urgent it is.
    pub priority: OrUnknown<Priority>,
    /// Who holds it, or is to take it up again.
    pub assigned_agent: Option<String>,
    /// The session that works on it.
    pub current_session_id: Option<String>,
    /// How often it was rejected; never decreases (invariant 6).
    pub rework_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was approved.
    pub completed_at: Option<Timestamp>,
    /// The fencing token: number of the newest attempt, 0 before the first. Not on the original.
    #[serde(default)]
    pub attempt: i64,
    /// Until when the holder has it. Not on the original.
    #[serde(default)]
    pub lease_until: Option<Timestamp>,
    /// Less than a fifth of the lease is left; told to its holder. Not on the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lease_ends_soon: bool,
    /// How long its leases are, where the planner said so. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseLength>,
    /// By when it is to be done. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Why it is blocked. Not on the original.
    #[serde(default)]
    pub block_reason: Option<String>,
    /// What kind of reason that is. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_class: Option<OrUnknown<BlockClass>>,
    /// Whose turn it is while it is blocked. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_owner: Option<OrUnknown<BlockOwner>>,
    /// By when they are to have done something about it. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_due: Option<Timestamp>,
    /// When a blocked one is released by itself. Not on the original.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
    /// How many sub-tasks it depends on are not done. Not on the original.
    #[serde(default)]
    pub open_dependencies: i64,
    /// Ids of the sub-tasks it depends on; only in a single answer and in a task's list. Not on
    /// the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// The name behind `assigned_agent`; only in a single answer and in a task's list. Not on the
    /// original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_agent_name: Option<String>,
    /// `null`, and only in a list: the original's lists have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub recurring_config: Option<()>,
}

/// A claim that succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claimed {
    /// What was claimed.
    #[serde(flatten)]
    pub sub_task: SubTask,
    /// The caller held it before; nothing was changed. Not on the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub already_held: bool,
}

/// A submission that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submitted {
    /// The sub-task as it stands then: in review; or with somebody else, when it was handed in as it
    /// had been rejected.
    #[serde(flatten)]
    pub sub_task: SubTask,
    /// It came late: the caller's attempt had ended. It is kept as this; the sub-task is as it was,
    /// and the status 202. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<LateSubmission>,
}

/// What was handed in after the attempt at it had ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LateSubmission {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What it is of.
    pub sub_task_id: String,
    /// The sub-task's name; empty where it is not asked for.
    #[serde(default)]
    pub sub_task_name: String,
    /// The attempt that had ended.
    pub attempt: i64,
    /// How it had ended: an action's word.
    pub ended_by: String,
    /// Who handed it in.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// What they said of it.
    pub summary: String,
    /// The files.
    pub artifacts: Vec<Artifact>,
    /// When.
    pub created_at: Timestamp,
    /// What has become of it.
    pub state: OrUnknown<LateState>,
}

/// One hold on a sub-task, from claim, start or reassign to its end (invariant 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// The sub-task.
    pub sub_task_id: String,
    /// The fencing token; strictly increases within a sub-task, from 1.
    pub number: i64,
    /// Who holds or held it.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// The session they named.
    pub session_id: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended; none while it lives.
    pub ended_at: Option<Timestamp>,
    /// How it ended: an action's word; none while it lives.
    pub outcome: Option<String>,
    /// What was handed in.
    pub artifacts: Vec<Artifact>,
}

/// A file that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    /// Where it lies, as the executor sees it.
    pub path: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the content, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One event in a sub-task's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEvent {
    /// Position in the order of all events.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What was done: an action's word, or `create`.
    pub action: String,
    /// Who did it; none for the server itself.
    pub agent_id: Option<String>,
    /// Their name; none for the server itself.
    pub agent_name: Option<String>,
    /// Who really did it, when somebody acted in the agent's place: `admin`. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<String>,
    /// Where it stood before.
    pub from: Option<OrUnknown<SubTaskStatus>>,
    /// Where it stood after.
    pub to: Option<OrUnknown<SubTaskStatus>>,
    /// The newest attempt then.
    pub attempt: i64,
    /// A reason, a score or the like.
    pub detail: String,
}
