//! How long things last.

use std::time::Duration;

/// The durations the rules of the work rest on; set in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// A holder keeps a sub-task this long after its last call (invariant 7).
    pub lease: Duration,
    /// An executor the planner named has this long to start.
    pub assignment_lease: Duration,
    /// No attempt lives longer, however often it is renewed (invariant 7).
    pub max_attempt_age: Duration,
    /// A sub-task without progress this long is shown to patrol.
    pub stalled_after: Duration,
    /// A key that was replaced works this long after the first use of the new one.
    pub key_grace: Duration,
    /// Answers to idempotency keys are kept this long.
    pub idempotency_retention: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        Self {
            lease: Duration::from_secs(30 * MINUTE),
            assignment_lease: Duration::from_secs(24 * HOUR),
            max_attempt_age: Duration::from_secs(24 * HOUR),
            stalled_after: Duration::from_secs(HOUR),
            key_grace: Duration::from_secs(MINUTE),
            idempotency_retention: Duration::from_secs(24 * HOUR),
        }
    }
}
