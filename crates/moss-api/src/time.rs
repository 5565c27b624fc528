//! Points in time: UTC microseconds inside, RFC 3339 outside.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01 UTC. Written as `2026-11-20T09:45:00.123456Z`; read from
/// RFC 3339 with any offset, and from the original's zone-less local form. That is taken as UTC,
/// since the zone was lost, written without a zone again and told as the server's: it must not pass
/// for what it may not be.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp {
    micros: i64,
    zoned: bool,
}

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
    /// The first moment of the year 0.
    pub const MIN: Self = Self::from_micros(-62_167_219_200_000_000);
    /// The last moment of the year 9999, beyond anything that happens.
    pub const MAX: Self = Self::from_micros(253_402_300_799_999_999);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self { micros, zoned: true }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(
            u64::try_from(self.micros.saturating_sub(earlier.micros)).unwrap_or(0),
        )
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.micros) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    const fn zone(self) -> &'static str {
        if self.zoned { "Z" } else { "" }
    }

    /// As [`Self::zone`], in words.
    const fn told_zone(self) -> &'static str {
        if self.zoned { "Z" } else { " server time" }
    }

    /// Whether it is known which moment this is; else it is what a clock of an unknown zone shows.
    pub const fn is_zoned(self) -> bool {
        self.zoned
    }

    /// The moment at which a clock that is so many minutes ahead of UTC shows this time.
    pub const fn in_zone(self, minutes_ahead: i64) -> Self {
        let ahead = minutes_ahead.saturating_mul(60_000_000);
        Self::from_micros(self.micros.saturating_sub(ahead))
    }

    /// `2026-11-20T09:45Z`: to the minute, for packets.
    pub fn minute(self) -> String {
        let t = self.civil();
        format!("{:04}-{:02}-{:02}T{}", t.year(), u8::from(t.month()), t.day(), self.clock())
    }

    /// `09:45Z`: time of day only.
    pub fn clock(self) -> String {
        let t = self.civil();
        format!("{:02}:{:02}{}", t.hour(), t.minute(), self.told_zone())
    }

    /// `2026-11-20`: the day, UTC.
    pub fn day(self) -> String {
        let t = self.civil();
        format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
    }
}

/// 1970-01-01 UTC.
impl Default for Timestamp {
    fn default() -> Self {
        Self::from_micros(0)
    }
}

/// Two are the same when they name the same moment, whatever is known of its zone.
impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.micros == other.micros
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.micros.cmp(&other.micros)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, later: Duration) -> Self {
        let later = i64::try_from(later.as_micros()).unwrap_or(i64::MAX);
        Self { micros: self.micros.saturating_add(later), ..self }
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, earlier: Duration) -> Self {
        let earlier = i64::try_from(earlier.as_micros()).unwrap_or(i64::MAX);
        Self { micros: self.micros.saturating_sub(earlier), ..self }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never an error: whoever serializes a time may panic on one.
        let text = self.civil().format(&Rfc3339).unwrap_or_default();
        f.write_str(text.trim_end_matches('Z'))?;
        f.write_str(self.zone())
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let zoned = OffsetDateTime::parse(text, &Rfc3339);
        let (parsed, zoned) = match zoned {
            Ok(parsed) => (parsed, true),
            Err(_) => {
                let parsed = OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339);
                (parsed.map_err(|_| BadTimestamp)?, false)
            }
        };
        let micros = i64::try_from(parsed.unix_timestamp_nanos() / 1_000);
        // With its offset a time may fall outside the years RFC 3339 can write.
        match micros {
            Ok(micros) if (Self::MIN.micros..=Self::MAX.micros).contains(&micros) => {
                Ok(Self { micros, zoned })
            }
            _ => Err(BadTimestamp),
        }
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
    }

    #[test]
    fn a_time_without_a_zone_never_gets_one() {
        let text = "2026-11-20T20:30:36";
        let theirs: Timestamp = text.parse().unwrap();
        let told = (theirs.clock(), theirs.minute());
        assert_eq!(told, ("20:30 server time".into(), "2026-11-20T20:30 server time".into()));
        assert_eq!(theirs.to_string(), text);
        assert_eq!((theirs + std::time::Duration::from_secs(60)).clock(), "20:31 server time");
    }

    #[test]
    fn a_zone_that_is_learnt_makes_it_a_moment() {
        let theirs: Timestamp = "2026-11-20T20:30:36.5".parse().unwrap();
        assert_eq!(theirs.in_zone(480).to_string(), "2026-11-20T12:30:36.5Z");
        assert_eq!(theirs.in_zone(-210).minute(), "2026-11-21T00:00Z");
        assert!(!theirs.is_zoned() && theirs.in_zone(0).is_zoned());
    }

    #[test]
    fn nonsense_is_no_time() {
        for bad in [
            "",
            "yesterday",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "2026-13-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}
