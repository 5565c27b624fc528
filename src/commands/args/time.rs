//! Times on the command line: how long, or when.

use std::time::Duration;

use moss_api::{HumanDuration, Timestamp};

/// Longest time that can be asked for, in seconds: a year, and a day for leap years.
const MAX_SPAN: u64 = 366 * 86_400;

/// How long, like `90s`, `30m`, `2h` or `1d`.
///
/// # Errors
/// When it is none, or longer than a year.
pub fn span(text: &str) -> Result<Duration, String> {
    let span: HumanDuration =
        text.parse().map_err(|_| "a time span is written like 90s, 30m, 2h or 1d".to_owned())?;
    match span.seconds() {
        0..=MAX_SPAN => Ok(span.length()),
        _ => Err("a time span is at most a year".to_owned()),
    }
}

/// When: a time, or how long from now.
///
/// # Errors
/// When it is neither.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let span = span(text)
        .map_err(|_| "a time is written like 2026-11-20T09:45:00Z, or 2h from now".to_owned())?;
    Ok(crate::system::clock::now() + span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit_and_an_end() {
        assert_eq!(span("2h"), Ok(Duration::from_secs(7_200)));
        for bad in ["", "h", "2", "-1h", "2é", "9223372036854775807d", "400d"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_a_time_or_so_long_from_now() {
        assert_eq!(moment("2026-11-20T09:45:00Z"), Ok("2026-11-20T09:45:00Z".parse().unwrap()));
        let (soon, now) = (moment("2h").unwrap(), crate::system::clock::now());
        assert!(soon > now && soon.since(now) <= Duration::from_secs(7_200));
        for bad in ["", "soon", "2026-11-20", "400d"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
