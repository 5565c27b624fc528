//! How long a lease of a sub-task is, as people write it: `90m`, `2h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::duration::HumanDuration;

/// Shortest lease, in seconds: a minute. A holder calls now and then, not all the time.
pub const MIN_LEASE_SECONDS: u64 = 60;
/// Longest lease, in seconds: 30 days. Whoever dies holds its work as long.
pub const MAX_LEASE_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The length of a lease: a minute to 30 days, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseLength(u64);

/// Why something is no [`LeaseLength`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLease {
    /// It is written in another way.
    Form,
    /// It is shorter or longer than a lease may be.
    Range,
}

impl fmt::Display for BadLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "is written like 90s, 30m, 2h or 1d",
            Self::Range => "must be 1m to 30d",
        })
    }
}

impl std::error::Error for BadLease {}

impl LeaseLength {
    /// From seconds.
    ///
    /// # Errors
    /// [`BadLease::Range`] outside a minute to 30 days.
    pub fn from_seconds(seconds: u64) -> Result<Self, BadLease> {
        let fits = (MIN_LEASE_SECONDS..=MAX_LEASE_SECONDS).contains(&seconds);
        if fits { Ok(Self(seconds)) } else { Err(BadLease::Range) }
    }

    /// The same in seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The same for the clock.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for LeaseLength {
    type Err = BadLease;

    fn from_str(text: &str) -> Result<Self, BadLease> {
        let written: HumanDuration = text.trim().parse().map_err(|_| BadLease::Form)?;
        Self::from_seconds(written.seconds())
    }
}

/// In the largest unit in which it is a whole number.
impl fmt::Display for LeaseLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HumanDuration::of_seconds(self.0).fmt(f)
    }
}

impl Serialize for LeaseLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LeaseLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_read_and_written_as_people_do() {
        for (text, seconds, shown) in [
            ("60s", 60, "1m"),
            ("90s", 90, "90s"),
            ("90m", 5_400, "90m"),
            ("120m", 7_200, "2h"),
            ("30d", 2_592_000, "30d"),
        ] {
            let length: LeaseLength = text.parse().unwrap();
            assert_eq!((length.seconds(), length.to_string()), (seconds, shown.to_owned()));
            let json = format!("\"{shown}\"");
            assert_eq!(serde_json::to_string(&length).unwrap(), json);
            assert_eq!(serde_json::from_str::<LeaseLength>(&json).unwrap(), length);
        }
    }

    #[test]
    fn none_lasts_no_time_or_years() {
        for bad in ["0s", "0m", "59s", "31d", "3650d", "99999999999999999999d"] {
            assert_eq!(bad.parse::<LeaseLength>(), Err(BadLease::Range), "{bad}");
        }
        for bad in ["", "2", "2 h", "-1h", "1y", "two hours", "2h30m"] {
            assert_eq!(bad.parse::<LeaseLength>(), Err(BadLease::Form), "{bad}");
        }
    }
}
