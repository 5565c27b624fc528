//! How long an invite lives, as people write it and as the wire does.

use std::str::FromStr;
use std::time::Duration;

use moss_api::{DEFAULT_INVITE_SECONDS, HumanDuration, MAX_INVITE_SECONDS, MIN_INVITE_SECONDS};

/// The life of an invite: a minute to 30 days. Written like `90s`, `30m`, `1h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl(u64);

impl Ttl {
    /// From seconds.
    ///
    /// # Errors
    /// The range, when `seconds` is outside it.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        match u64::try_from(seconds) {
            Ok(n) if (MIN_INVITE_SECONDS..=MAX_INVITE_SECONDS).contains(&seconds) => Ok(Self(n)),
            _ => Err(format!(
                "must be {MIN_INVITE_SECONDS} seconds to {} days",
                MAX_INVITE_SECONDS / (24 * 60 * 60)
            )),
        }
    }

    /// The same as a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Default for Ttl {
    fn default() -> Self {
        Self(DEFAULT_INVITE_SECONDS.unsigned_abs())
    }
}

impl FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let written: HumanDuration =
            text.parse().map_err(|_| "is written like 90s, 30m, 1h or 7d".to_owned())?;
        Self::from_seconds(i64::try_from(written.seconds()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Ttl;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("60s", 60),
            ("90s", 90),
            ("1m", 60),
            ("30m", 1_800),
            ("1h", 3_600),
            ("30d", 2_592_000),
        ] {
            assert_eq!(text.parse(), Ok(Ttl(seconds)), "{text}");
        }
        assert_eq!("1h".parse(), Ok(Ttl::default()));
    }

    #[test]
    fn other_times_are_refused_with_the_reason() {
        for bad in ["", "1", "h", "1 h", "+1h", "-1h", "1.5h", "1H", "1w", "1h30m", "１h", "1日"]
        {
            assert!(bad.parse::<Ttl>().unwrap_err().contains("1h"), "{bad}");
        }
        for bad in ["0s", "59s", "0d", "31d", "2592001s", "99999999999999999999d"] {
            assert!(bad.parse::<Ttl>().unwrap_err().contains("30 days"), "{bad}");
        }
        for bad in [i64::MIN, -1, 0, 59, 2_592_001, i64::MAX] {
            assert!(Ttl::from_seconds(bad).is_err(), "{bad}");
        }
    }
}
