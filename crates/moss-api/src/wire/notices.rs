//! What people are told of: notices.

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
