//! Tasks and modules as the person in charge is shown them.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{TaskStatus, WorkType};

/// How many sub-tasks there are, and of each status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusCounts {
    /// All of them.
    pub sub_task_count: i64,
    /// Those anyone may claim, or that wait for others.
    pub pending_count: i64,
    /// Those that somebody has and has not begun.
    pub assigned_count: i64,
    /// Those that are worked on.
    pub in_progress_count: i64,
    /// Those that wait for a verdict.
    pub review_count: i64,
    /// Those that were rejected.
    pub rework_count: i64,
    /// Those that were approved.
    pub done_count: i64,
    /// Those that cannot go on.
    pub blocked_count: i64,
    /// Those that were given up.
    pub cancelled_count: i64,
}

/// A task with how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminTask {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it comes again.
    #[serde(rename = "type")]
    pub kind: OrUnknown<WorkType>,
    /// How far it is.
    pub status: OrUnknown<TaskStatus>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Whether a person gave it as a goal.
    pub from_person: bool,
    /// By then it is to be done.
    pub deadline: Option<Timestamp>,
    /// How many modules it has.
    pub module_count: i64,
    /// How many sub-tasks.
    #[serde(flatten)]
    pub counts: StatusCounts,
}

/// A module with how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminModule {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The task it is part of.
    pub task_id: String,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many sub-tasks.
    #[serde(flatten)]
    pub counts: StatusCounts,
}

/// A module by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminModuleInFull {
    /// As in a list.
    #[serde(flatten)]
    pub module: AdminModule,
    /// The name of its task.
    pub task_name: String,
}
