//! What is amiss with the work and the team: anomalies.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What is amiss.
    pub enum AnomalyKind {
        /// Nobody keeps a sub-task alive, or it is not done at its deadline.
        Timeout = "timeout",
        /// A sub-task is held, and nothing comes of it.
        Stuck = "stuck",
        /// A sub-task is in the hands of an agent that does not come, or nobody is there to take it.
        Orphan = "orphan",
        /// A sub-task was rejected again and again.
        ReworkOverflow = "rework_overflow",
        /// An agent lost much of its score lately.
        ScoreDrop = "score_drop",
        /// A sub-task may be claimed, and nobody does.
        Starved = "starved",
        /// What was handed in waits long for a verdict.
        ReviewBacklog = "review_backlog",
        /// A sub-task is blocked, and whose turn it is has done nothing in time.
        BlockedWithoutOwner = "blocked_without_owner",
        /// An agent is woken by its timer and answers no packet.
        Unanswered = "unanswered",
        /// An agent comes with a key that is not let in.
        KeyRefused = "key_refused",
        /// An agent that had a timer is not heard from.
        Silent = "silent",
        /// Patrol said so.
        Reported = "reported",
    }
}

wire_enum! {
    /// What an anomaly is about.
    pub enum SubjectKind {
        /// A sub-task.
        SubTask = "sub_task",
        /// An agent.
        Agent = "agent",
        /// A task.
        Task = "task",
        /// The team as a whole.
        Team = "team",
    }
}

wire_enum! {
    /// How bad it is.
    pub enum Severity {
        /// Work goes on, slower.
        Warning = "warning",
        /// Work stands still.
        Critical = "critical",
    }
}

wire_enum! {
    /// What became of an anomaly.
    pub enum AnomalyState {
        /// It is so.
        Open = "open",
        /// It is so, and patrol leaves it as it is.
        Ignored = "ignored",
        /// It is over.
        Resolved = "resolved",
    }
}

wire_enum! {
    /// What a server does about an anomaly by itself, where its policy lets it.
    pub enum PatrolAction {
        /// The sub-task is taken from its holder; anyone may claim it.
        Release = "release",
        /// It is stopped, and somebody else's turn: the planner's, or a person's.
        Block = "block",
        /// Another executor gets it.
        Reassign = "reassign",
    }
}

/// The subject of what is amiss with the team as a whole.
pub const TEAM: &str = "team";

/// One thing that is amiss: one for each kind and subject, opened again when it comes again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Anomaly {
    /// UUID; absent when it was seen only now and is recorded by nobody yet.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: Option<String>,
    /// What is amiss.
    #[serde(rename = "type")]
    pub kind: OrUnknown<AnomalyKind>,
    /// What it is about.
    pub subject_kind: OrUnknown<SubjectKind>,
    /// With what: the UUID of a sub-task or an agent, or `team`.
    pub subject: String,
    /// The subject's name.
    pub subject_name: String,
    /// How bad it is.
    pub severity: OrUnknown<Severity>,
    /// What became of it.
    pub state: OrUnknown<AnomalyState>,
    /// What was seen.
    pub detail: String,
    /// What the server did about it.
    #[serde(default)]
    pub action_taken: Option<OrUnknown<PatrolAction>>,
    /// What patrol said of it.
    #[serde(default)]
    pub note: Option<String>,
    /// The UUID of who said so.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub noted_by: Option<String>,
    /// Until when it is ignored; absent while it is so for ever.
    #[serde(default)]
    pub ignored_until: Option<Timestamp>,
    /// Since when.
    pub opened: Timestamp,
    /// Until when; absent while it is so.
    #[serde(default)]
    pub closed: Option<Timestamp>,
    /// How often it was opened.
    pub times: i64,
}

/// What is amiss now: what is recorded, and what is seen only now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scan {
    /// The worst and the longest first.
    pub items: Vec<Anomaly>,
    /// Whether there is more than that.
    pub more: bool,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Swept {
    /// So many anomalies were opened.
    pub opened: u64,
    /// So many were over.
    pub closed: u64,
    /// So many sub-tasks were released.
    pub released: u64,
    /// So many were blocked.
    pub blocked: u64,
    /// So many went to another executor.
    pub reassigned: u64,
    /// Whether there is more to do: sweep again.
    pub more: bool,
}

impl Swept {
    /// Counts what was done about one.
    pub const fn count(&mut self, action: PatrolAction) {
        match action {
            PatrolAction::Release => self.released += 1,
            PatrolAction::Block => self.blocked += 1,
            PatrolAction::Reassign => self.reassigned += 1,
        }
    }

    /// Adds what another sweep did.
    pub const fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.closed += other.closed;
        self.released += other.released;
        self.blocked += other.blocked;
        self.reassigned += other.reassigned;
    }

    /// Whether it changed anything.
    pub const fn is_something(&self) -> bool {
        self.opened + self.closed + self.released + self.blocked + self.reassigned > 0
    }
}

/// A threshold of patrol: 1 to 527,040, as many minutes as a year has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 527_040))]
pub struct Threshold(i64);

/// The largest [`Threshold`].
const MAX_THRESHOLD: i64 = 366 * 24 * 60;

impl Threshold {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Threshold {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        if (1..=MAX_THRESHOLD).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is not 1 to {MAX_THRESHOLD}"))
        }
    }
}

impl From<Threshold> for i64 {
    fn from(threshold: Threshold) -> Self {
        threshold.0
    }
}

/// From when on something is amiss with the sub-tasks of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// One that is held is stuck after so many minutes without progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_minutes: Option<Threshold>,
    /// One that nobody claims is starved after so many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starved_minutes: Option<Threshold>,
    /// One overflows that was rejected so often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rework_rounds: Option<Threshold>,
}
