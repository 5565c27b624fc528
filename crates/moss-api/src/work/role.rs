//! Who an agent is.

use crate::vocabulary::wire_enum;

wire_enum! {
    /// What an agent is for; decides which routes and actions are open to it.
    pub enum Role {
        /// Breaks goals into sub-tasks, unblocks, closes tasks.
        Planner = "planner",
        /// Claims sub-tasks, does them, hands them in.
        Executor = "executor",
        /// Judges what was handed in, with a score from 1 to 5.
        Reviewer = "reviewer",
        /// Finds what is stuck and blocks it.
        Patrol = "patrol",
    }
}

wire_enum! {
    /// Whether an agent's key is accepted.
    pub enum AgentStatus {
        /// The key works.
        Active = "active",
        /// Every call is refused with 403.
        Disabled = "disabled",
        /// It is gone for good, and in no list: its name is free, its history stays.
        Removed = "removed",
    }
}
