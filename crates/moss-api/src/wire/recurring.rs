//! Work that comes again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::patrol::{SubjectKind, Threshold};
use crate::duration::HumanDuration;
use crate::lenient::OrUnknown;
use crate::text::Name;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What becomes of rounds that were due while no server ran.
    pub enum CatchUp {
        /// They are passed over.
        Skip = "skip",
        /// One is opened for all of them.
        Once = "once",
        /// Each is opened.
        All = "all",
    }
}

wire_enum! {
    /// What becomes of a round that is due while the one before it is not finished.
    pub enum Overlap {
        /// It is passed over.
        Skip = "skip",
        /// It is opened all the same.
        Allow = "allow",
    }
}

wire_enum! {
    /// Whether something comes again.
    pub enum RecurrenceState {
        /// It does.
        Active = "active",
        /// It does no more.
        Ended = "ended",
    }
}

wire_enum! {
    /// What became of a round.
    pub enum RoundOutcome {
        /// It was opened.
        Opened = "opened",
        /// It was passed over.
        Skipped = "skipped",
    }
}

/// How long it is from one round to the next: a minute to 366 days, written like `30m` or `1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(HumanDuration);

const SHORTEST: u64 = 60;
const LONGEST: u64 = 366 * 24 * 60 * 60;

impl Interval {
    /// The same for the clock.
    pub const fn length(self) -> Duration {
        self.0.length()
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let written = text.trim().parse::<HumanDuration>().ok();
        written
            .filter(|written| (SHORTEST..=LONGEST).contains(&written.seconds()))
            .map(Self)
            .ok_or_else(|| "is written like 30m, 6h or 1d, from 1m to 366d".to_owned())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Interval {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9]+[smhd]$"))
            .description(Some("From one round to the next: 1m to 366d."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Interval {}

/// When something comes again: `every` so often, or as a cron expression says. One of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// From one round to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Interval>,
    /// Minute, hour, day of the month, month and day of the week, as in a crontab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<Name>,
    /// The time zone of `cron`, like `Europe/Berlin`; default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Name>,
    /// Rounds that were due while no server ran; default: one is opened for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
    /// A round that is due before the last one is finished; default: it is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// No round after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// No more rounds than these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<Threshold>,
}

/// Something that comes again, with its last rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recurrence {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What comes again.
    pub subject_kind: OrUnknown<SubjectKind>,
    /// Its UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub subject: String,
    /// Its name.
    pub subject_name: String,
    /// When: `every 1d`, or the cron expression and its zone.
    pub schedule: String,
    /// See [`Recurring::catch_up`].
    pub catch_up: OrUnknown<CatchUp>,
    /// See [`Recurring::overlap`].
    pub overlap: OrUnknown<Overlap>,
    /// No round after this.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// No more rounds than these.
    #[serde(default)]
    pub rounds: Option<i64>,
    /// Whether it comes again.
    pub state: OrUnknown<RecurrenceState>,
    /// Why it does no more.
    #[serde(default)]
    pub ended_because: Option<String>,
    /// When the next round is due.
    #[serde(default)]
    pub next_at: Option<Timestamp>,
    /// How many rounds were due so far.
    pub round: i64,
    /// The last rounds, newest first; only in a single answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Round>,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Round {
    /// Its number, from 1.
    pub number: i64,
    /// When it was due.
    pub slot: Timestamp,
    /// When it was seen to.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: OrUnknown<RoundOutcome>,
    /// Why.
    pub detail: String,
    /// The UUID of what was made for it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub made: Option<String>,
}
