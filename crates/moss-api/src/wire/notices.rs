//! What people are told of: notices.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What somebody may want to be told of. The original's four words, and one more.
    pub enum NoticeKind {
        /// A task was closed by its planner.
        TaskCompleted = "task_completed",
        /// What was handed in was rejected.
        ReviewRejected = "review_rejected",
        /// Every sub-task of a task is done or cancelled.
        AllDone = "all_done",
        /// Something is amiss with the team.
        PatrolAlert = "patrol_alert",
        /// Nobody but a person can help.
        NeedsHuman = "needs_human",
    }
}

wire_enum! {
    /// Whether a notice was told.
    pub enum NoticeState {
        /// It waits for somebody to tell it.
        Pending = "pending",
        /// It was told.
        Announced = "announced",
    }
}

/// Something people are to be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// When it came to pass.
    pub at: Timestamp,
    /// What.
    pub kind: OrUnknown<NoticeKind>,
    /// One sentence of the server's, with the words of others in quotes.
    pub text: String,
    /// Of which task.
    pub task_id: Option<String>,
    /// Of which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which agent.
    pub agent_id: Option<String>,
    /// Whether it was told.
    pub state: OrUnknown<NoticeState>,
    /// The agent that is to tell it.
    pub claimed_by: Option<String>,
    /// Until then; after that it is anybody's again.
    pub claimed_until: Option<Timestamp>,
    /// When somebody said that it was told.
    pub announced_at: Option<Timestamp>,
}

/// What somebody took upon itself to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    /// Where people are told, in the host's own terms.
    pub channels: Vec<String>,
    /// What they are to be told, oldest first.
    pub notices: Vec<Notice>,
    /// How many wait besides, counted up to 50.
    pub more: u64,
}

/// What was said to have been told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledged {
    /// How many notices are told now that were not before.
    pub announced: u64,
}
