//! How long things last.

use std::time::Duration;

use moss_api::{PatrolAction, Priority};

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

/// From when on something is amiss, and what the server does about it by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatrolLimits {
    /// What the server may do by itself.
    pub auto: Vec<PatrolAction>,
    /// A held sub-task without progress this long is stuck.
    pub stuck: Duration,
    /// One that nobody claims this long is starved.
    pub starved: Duration,
    /// What was handed in waits no longer for a verdict.
    pub review: Duration,
    /// More rejections than these overflow.
    pub rework_rounds: i64,
    /// A score that falls by so much within [`score_window`](Self::score_window) drops.
    pub score_drop: i64,
    /// See [`score_drop`](Self::score_drop).
    pub score_window: Duration,
    /// What lasts so many times as long is critical.
    pub critical_times: i64,
    /// So many leases in a row that nobody kept alive take a sub-task to the planner.
    pub timeouts: i64,
    /// The sweep of leases has this long to see to one that is over.
    pub lease_grace: Duration,
}

impl Default for PatrolLimits {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        Self {
            auto: PatrolAction::ALL.to_vec(),
            stuck: Duration::from_secs(HOUR),
            starved: Duration::from_secs(4 * HOUR),
            review: Duration::from_secs(4 * HOUR),
            rework_rounds: 3,
            score_drop: 20,
            score_window: Duration::from_secs(7 * 24 * HOUR),
            critical_times: 4,
            timeouts: 3,
            lease_grace: Duration::from_secs(10 * MINUTE),
        }
    }
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
    /// From when on something is amiss.
    pub patrol: PatrolLimits,
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
            patrol: PatrolLimits::default(),
            key_grace: Duration::from_secs(MINUTE),
            idempotency_retention: Duration::from_secs(24 * HOUR),
        }
    }
}
