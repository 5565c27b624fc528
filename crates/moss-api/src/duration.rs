//! Durations as people write them: `90s`, `30m`, `2h`, `7d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One whole number and one unit: `s`, `m`, `h` or `d`. Written again as it was read.
///
/// `humantime` reads far more, such as `1h 30m` or `2 weeks`. A timer's interval has to fit into
/// one field of a crontab, and what one of our commands takes, all of them take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanDuration {
    number: u64,
    unit: char,
    length: Duration,
}

/// A text that is no [`HumanDuration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDuration;

impl HumanDuration {
    /// So many minutes.
    pub const fn minutes(number: u64) -> Self {
        Self { number, unit: 'm', length: Duration::from_secs(number.saturating_mul(60)) }
    }

    /// So many seconds, in the largest unit in which that is a whole number.
    pub fn of_seconds(seconds: u64) -> Self {
        let units = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')];
        let unit = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
        let (length, unit) = unit.unwrap_or((1, 's'));
        Self { number: seconds / length, unit, length: Duration::from_secs(seconds) }
    }

    /// The same as a number of seconds; what overflows is as long as can be.
    pub const fn seconds(self) -> u64 {
        self.length.as_secs()
    }

    /// The same for the clock.
    pub const fn length(self) -> Duration {
        self.length
    }
}

impl FromStr for HumanDuration {
    type Err = BadDuration;

    fn from_str(text: &str) -> Result<Self, BadDuration> {
        let unit = text.chars().last().filter(|unit| "smhd".contains(*unit)).ok_or(BadDuration)?;
        let digits = text.strip_suffix(unit).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadDuration);
        }
        // Nothing but an overflow is left to go wrong.
        let length = humantime::parse_duration(text).unwrap_or(Duration::MAX);
        Ok(Self { number: digits.parse().unwrap_or(u64::MAX), unit, length })
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit_are_read_and_written_again() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("60m", 3_600), ("2h", 7_200), ("7d", 604_800)]
        {
            let duration: HumanDuration = text.parse().unwrap();
            assert_eq!((duration.seconds(), duration.to_string()), (seconds, text.to_owned()));
        }
        assert_eq!("5m".parse(), Ok(HumanDuration::minutes(5)));
        for long in ["99999999999999999999d", "9223372036854775807d"] {
            assert_eq!(long.parse::<HumanDuration>().unwrap().length(), Duration::MAX, "{long}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for bad in [
            "", "1", "h", "1 h", "1h ", " 1h", "+1h", "-1h", "1.5h", "1H", "1w", "1ms", "1M",
            "1h30m", "1h 30m", "１h", "1日", "2é",
        ] {
            assert_eq!(bad.parse::<HumanDuration>(), Err(BadDuration), "{bad:?}");
        }
    }
}
