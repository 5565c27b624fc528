//! Points in time: UTC microseconds inside, RFC 3339 outside.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01 UTC. Written as `2026-11-20T09:45:00.123456Z`; read from
/// RFC 3339 with any offset, and from the original's zone-less local form (taken as UTC, since
/// the zone was lost).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTimestamp;

impl fmt::Display for BadTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time is written like 2026-11-20T09:45:00Z")
    }
}

impl std::error::Error for BadTimestamp {}

impl Timestamp {
    /// The last moment of the year 9999, beyond anything that happens.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// What the system's clock says.
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// `2026-11-20T09:45Z`: to the minute, for packets.
    pub fn minute(self) -> String {
        let t = self.civil();
        format!("{:04}-{:02}-{:02}T{}", t.year(), u8::from(t.month()), t.day(), self.clock())
    }

    /// `09:45Z`: time of day only.
    pub fn clock(self) -> String {
        let t = self.civil();
        format!("{:02}:{:02}Z", t.hour(), t.minute())
    }

    /// `2026-11-20`: the day, UTC.
    pub fn day(self) -> String {
        let t = self.civil();
        format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(earlier.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.civil().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
            .map_err(|_| BadTimestamp)?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000).map(Self).map_err(|_| BadTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn both_servers_times_are_read() {
        let ours: Timestamp = "2026-11-20T20:30:36.275594Z".parse().unwrap();
        let theirs: Timestamp = "2026-11-20T20:30:36.275594".parse().unwrap();
        let offset: Timestamp = "2026-11-20T22:30:36.275594+02:00".parse().unwrap();
        assert_eq!((ours, ours), (theirs, offset));
        assert_eq!(ours.to_string(), "2026-11-20T20:30:36.275594Z");
        assert_eq!(ours.minute(), "2026-11-20T20:30Z");
        assert_eq!("2026-11-20T20:30:36".parse::<Timestamp>().unwrap().clock(), "20:30Z");
    }

    #[test]
    fn nonsense_is_no_time() {
        for bad in ["", "yesterday", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}
