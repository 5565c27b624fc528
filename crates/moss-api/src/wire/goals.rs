//! Goals: what a person wants of the team.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{BlockOwner, TaskStatus};

/// What a person wants, and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Goal {
    /// UUID of its task.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// What is wanted.
    pub description: String,
    /// By when.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    /// Where it stands: in planning while it waits for its plan.
    pub status: OrUnknown<TaskStatus>,
    /// When it was given.
    pub created_at: Timestamp,
    /// Sub-tasks in all; none while it waits for its plan.
    pub sub_tasks: i64,
    /// Of these, done.
    pub done: i64,
    /// Of these, neither done nor cancelled.
    pub open: i64,
    /// What is blocked of it, the longest first; only in a single answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Blocked>,
}

/// A sub-task that somebody is to do something about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocked {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Whose turn it is.
    #[serde(default)]
    pub owner: Option<OrUnknown<BlockOwner>>,
}
