//! What the stream of events tells.

use serde::{Deserialize, Serialize};

use crate::vocabulary::wire_enum;
use crate::{OrUnknown, SubTaskStatus, Timestamp};

wire_enum! {
    /// What an event wants of the one it is told to.
    pub enum Call {
        /// A sub-task can be begun that is assigned to them.
        Assigned = "assigned",
        /// What they handed in was rejected.
        Rejected = "rejected",
        /// Something was handed in for review.
        HandedIn = "handed_in",
        /// A sub-task is blocked.
        Blocked = "blocked",
        /// Every sub-task of a task is done or cancelled.
        AllDone = "all_done",
        /// Something is amiss with the team.
        Anomaly = "anomaly",
        /// Somebody asks the planner.
        Asked = "asked",
        /// What they asked was answered.
        Answered = "answered",
    }
}

/// Something that happened, as the stream tells it to one caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Happening {
    /// Position in the order of all events.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What was done: an action's word, `create`, a task's new status, or what is amiss.
    pub action: String,
    /// With which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which task.
    pub task_id: Option<String>,
    /// Who did it; none for the server itself.
    pub agent_id: Option<String>,
    /// Where the sub-task stood after.
    pub to: Option<OrUnknown<SubTaskStatus>>,
    /// The sub-task's newest attempt then.
    pub attempt: i64,
    /// What it wants of the caller, if it still wants anything.
    pub call: Option<OrUnknown<Call>>,
}
