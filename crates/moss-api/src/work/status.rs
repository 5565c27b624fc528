//! The vocabularies of the work itself.

use crate::vocabulary::wire_enum;

wire_enum! {
    /// Where a sub-task stands. `done` and `cancelled` are final (invariant 6).
    pub enum SubTaskStatus {
        /// Waits for an executor to claim it.
        Pending = "pending",
        /// Held by an executor who has not started.
        Assigned = "assigned",
        /// Being worked on, under a lease.
        InProgress = "in_progress",
        /// Handed in, waits for a reviewer.
        Review = "review",
        /// Rejected, waits for its executor to start again.
        Rework = "rework",
        /// Approved.
        Done = "done",
        /// Stopped with a reason; waits for the planner.
        Blocked = "blocked",
        /// Given up by the planner.
        Cancelled = "cancelled",
    }
}

impl SubTaskStatus {
    /// Whether nothing can happen to it any more (invariant 6).
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// Whether an executor holds a live attempt, under a lease (invariants 1 and 2).
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Assigned | Self::InProgress)
    }
}

wire_enum! {
    /// Where a task stands.
    pub enum TaskStatus {
        /// Being written; its sub-tasks are not offered yet.
        Planning = "planning",
        /// Open: its sub-tasks are offered.
        Active = "active",
        /// A sub-task has been started.
        InProgress = "in_progress",
        /// Closed by the planner.
        Completed = "completed",
        /// Put away.
        Archived = "archived",
        /// Given up; its open sub-tasks went with it.
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    /// Those in which a task can still change: neither closed, put away nor given up.
    pub const UNFINISHED: &[Self] = &[Self::Planning, Self::Active, Self::InProgress];
}

wire_enum! {
    /// How urgent a sub-task is; `claim-next` offers high before medium before low.
    pub enum Priority {
        /// First.
        High = "high",
        /// The default.
        Medium = "medium",
        /// Last.
        Low = "low",
    }
}

/// What else people and models call a priority.
const PRIORITIES: &[(&str, Priority)] = &[
    ("urgent", Priority::High),
    ("critical", Priority::High),
    ("highest", Priority::High),
    ("important", Priority::High),
    ("normal", Priority::Medium),
    ("default", Priority::Medium),
    ("moderate", Priority::Medium),
    ("minor", Priority::Low),
    ("lowest", Priority::Low),
    ("trivial", Priority::Low),
];

impl Priority {
    /// As somebody means it who plans: in capitals or not, also by another common word. The
    /// original's routes are strict, and so is what is stored.
    ///
    /// # Errors
    /// When it is no such word; the message names the allowed ones.
    pub fn meant(word: &str) -> Result<Self, String> {
        let plain = word.trim().to_ascii_lowercase();
        let other = PRIORITIES.iter().find(|(other, _)| *other == plain);
        match other {
            Some(&(_, priority)) => Ok(priority),
            None => plain.parse().or_else(|_: String| word.parse()),
        }
    }

    /// Sort key: 0 is offered first.
    pub const fn rank(self) -> i16 {
        match self {
            Self::High => 0,
            Self::Medium => 1,
            Self::Low => 2,
        }
    }
}

wire_enum! {
    /// Whether a task or sub-task ends or comes again.
    pub enum WorkType {
        /// Done once.
        Once = "once",
        /// The planner makes the next round when one is done.
        Recurring = "recurring",
    }
}

wire_enum! {
    /// A reviewer's judgement.
    pub enum Verdict {
        /// The sub-task is done.
        Approved = "approved",
        /// The sub-task goes to rework.
        Rejected = "rejected",
    }
}

wire_enum! {
    /// Why an executor could not do a sub-task.
    pub enum FailClass {
        /// A model or service limit; usually comes with a time to try again.
        Quota = "quota",
        /// Something on the machine is missing or broken.
        Environment = "environment",
        /// The sub-task cannot be understood as written.
        Unclear = "unclear",
        /// It cannot be done as asked.
        Impossible = "impossible",
        /// None of these; the detail says what.
        Other = "other",
    }
}
