//! What is left over: noticed or asked on the way, and not answered yet.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;
use crate::work::BlockOwner;

wire_enum! {
    /// How something came to be left over.
    pub enum LeftoverKind {
        /// An executor noticed it while it did something else.
        Noticed = "noticed",
        /// A reviewer asks for more, and approved all the same.
        FollowUp = "follow_up",
        /// Somebody wrote it into the log, for whoever plans.
        Plan = "plan",
        /// A file that was approved was handed in again, otherwise, for another sub-task.
        FileChanged = "file_changed",
        /// What a reviewer added to an approval.
        Remark = "remark",
        /// Somebody asks, and is told the answer.
        Question = "question",
    }
}

wire_enum! {
    /// What has become of a leftover.
    pub enum LeftoverState {
        /// Nobody has answered yet.
        Waiting = "waiting",
        /// It was asked and answered, and whoever asked has not read the answer.
        Answered = "answered",
        /// It comes back no more.
        Closed = "closed",
    }
}

/// Something that was noticed or asked on the way and waits for the planner, or for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Leftover {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// How it came to be left over.
    pub kind: OrUnknown<LeftoverKind>,
    /// In which task.
    pub task_id: String,
    /// At which sub-task; none when it is about the task as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_task_id: Option<String>,
    /// The name of that one, or of the task.
    pub name: String,
    /// Who says so.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// What they say.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// What has become of it.
    pub state: OrUnknown<LeftoverState>,
    /// Who is to answer.
    pub owner: OrUnknown<BlockOwner>,
    /// When it was answered; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// What the answer was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}
