//! How long things last.

use std::time::Duration;

use moss_api::Priority;

/// How long a lease is, by priority: a holder keeps a sub-task this long after its last call
/// (invariant 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseLengths {
    /// Of what is urgent.
    pub high: Duration,
    /// Of what is not said to be anything else.
    pub medium: Duration,
    /// Of what can wait.
    pub low: Duration,
}

impl LeaseLengths {
    /// The same for all.
    pub const fn all(length: Duration) -> Self {
        Self { high: length, medium: length, low: length }
    }

    /// Of this priority.
    pub const fn of(&self, priority: Priority) -> Duration {
        match priority {
            Priority::High => self.high,
            Priority::Medium => self.medium,
            Priority::Low => self.low,
        }
    }

    /// None shorter than this.
    #[must_use]
    pub fn at_least(self, shortest: Duration) -> Self {
        let Self { high, medium, low } = self;
        Self { high: high.max(shortest), medium: medium.max(shortest), low: low.max(shortest) }
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.high.max(self.medium).max(self.low)
    }
}

/// When what is in trouble goes one step up, and how long whoever is there has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// So many rejections in a row take a sub-task one step up.
    pub rework_rounds: i64,
    /// A planner has this long to do something about what is blocked.
    pub planner: Duration,
    /// And a person this long.
    pub person: Duration,
    /// What hit a limit is tried again after this long, where its executor names no time.
    pub quota: Duration,
}

/// The durations the rules of the work rest on; set in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// How long leases are.
    pub leases: LeaseLengths,
    /// No shorter are those of a client that knows no leases: the original's.
    pub original_client_lease: Duration,
    /// Whether what nobody keeps alive is blocked for the planner, and not offered again.
    pub blocks_on_expiry: bool,
    /// What keeps what is in trouble from standing still.
    pub recovery: Recovery,
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
            leases: LeaseLengths::all(Duration::from_secs(30 * MINUTE)),
            original_client_lease: Duration::from_secs(2 * HOUR),
            blocks_on_expiry: false,
            recovery: Recovery {
                rework_rounds: 3,
                planner: Duration::from_secs(24 * HOUR),
                person: Duration::from_secs(72 * HOUR),
                quota: Duration::from_secs(HOUR),
            },
            assignment_lease: Duration::from_secs(24 * HOUR),
            max_attempt_age: Duration::from_secs(24 * HOUR),
            stalled_after: Duration::from_secs(HOUR),
            key_grace: Duration::from_secs(MINUTE),
            idempotency_retention: Duration::from_secs(24 * HOUR),
        }
    }
}
