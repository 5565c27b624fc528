//! The whitelist of activity log actions (part A of the wire, section 8).

use crate::vocabulary::wire_enum;

wire_enum! {
    /// What an activity log entry is about. Not tied to a role.
    pub enum LogAction {
        /// Work done, where it stands.
        Coding = "coding",
        /// What was handed in.
        Delivery = "delivery",
        /// A call for help.
        Blocked = "blocked",
        /// What to do better; shown at the agent's next wake-ups.
        Reflection = "reflection",
        /// A planning decision.
        Plan = "plan",
        /// A note on a review.
        Review = "review",
        /// A patrol's findings.
        Patrol = "patrol",
    }
}
