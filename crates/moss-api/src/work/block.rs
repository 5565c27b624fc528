//! What is blocked: why, and whose turn it is.

use super::FailClass;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What kind of reason a sub-task is blocked for. It decides what helps.
    pub enum BlockClass {
        /// A model or service limit.
        Quota = "quota",
        /// Something on a machine is missing or broken.
        Environment = "environment",
        /// It cannot be understood as written.
        Unclear = "unclear",
        /// It cannot be done as asked.
        Impossible = "impossible",
        /// Its executor gave another reason.
        Other = "other",
        /// Patrol stopped it.
        Patrol = "patrol",
        /// Nobody kept it alive.
        Timeout = "timeout",
        /// It was rejected again and again, or handed in as it had been rejected.
        Rework = "rework",
    }
}

wire_enum! {
    /// Whose turn it is while a sub-task is blocked.
    pub enum BlockOwner {
        /// The planner mends, splits, gives away or cancels it.
        Planner = "planner",
        /// Agents have tried: a person decides.
        Person = "person",
    }
}

wire_enum! {
    /// What has become of a late submission.
    pub enum LateState {
        /// Nobody has decided yet.
        Waiting = "waiting",
        /// It was handed in after all.
        Adopted = "adopted",
        /// It is not wanted.
        Dismissed = "dismissed",
    }
}

impl From<FailClass> for BlockClass {
    fn from(class: FailClass) -> Self {
        match class {
            FailClass::Quota => Self::Quota,
            FailClass::Environment => Self::Environment,
            FailClass::Unclear => Self::Unclear,
            FailClass::Impossible => Self::Impossible,
            FailClass::Other => Self::Other,
        }
    }
}
