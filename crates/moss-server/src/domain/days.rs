//! Days as people have them: from midnight to midnight where they live.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use moss_api::Timestamp;

use crate::domain::Refusal;

/// Days that follow each other, the last of which is today.
#[derive(Clone, Debug)]
pub struct DaysUntilToday {
    /// When each begins.
    pub begin: Vec<Timestamp>,
    /// What each is called, as `2026-03-31`.
    pub dates: Vec<String>,
    /// The name of the time zone.
    pub zone: String,
}

impl DaysUntilToday {
    /// So many days, at least one, in a time zone.
    pub fn new(now: Timestamp, zone: &TimeZone, count: i64) -> Self {
        let today = local(now, zone).date();
        let back = |days: i64| today.checked_sub(Span::new().days(days)).unwrap_or(Date::MIN);
        let days: Vec<Date> = (0..count.max(1)).rev().map(back).collect();
        Self {
            begin: days.iter().map(|day| midnight(*day, zone).unwrap_or(now)).collect(),
            dates: days.iter().map(ToString::to_string).collect(),
            zone: zone.iana_name().unwrap_or("local").to_owned(),
        }
    }

    /// When today began.
    pub fn today(&self) -> Timestamp {
        self.begin.last().copied().unwrap_or(Timestamp::from_micros(0))
    }
}

/// The time zone with this name; without one, the machine's.
///
/// # Errors
/// When there is none of that name.
pub fn zone(name: Option<&str>) -> Result<TimeZone, Refusal> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name)
            .map_err(|_| Refusal::bad_value("zone", "is no time zone, such as Europe/Berlin")),
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default().to_zoned(zone.clone())
}

/// When a day begins: where the clocks leap over midnight, when they have leapt.
fn midnight(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let begins = day.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_micros(begins.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(now: &str, zone_name: &str, count: i64) -> Vec<(String, String)> {
        let days =
            DaysUntilToday::new(now.parse().unwrap(), &zone(Some(zone_name)).unwrap(), count);
        assert_eq!(days.zone, zone_name);
        let begin = days.begin.iter().map(|at| at.minute());
        days.dates.iter().cloned().zip(begin).collect()
    }

    fn day(date: &str, begins: &str) -> (String, String) {
        (date.to_owned(), begins.to_owned())
    }

    #[test]
    fn a_day_is_where_one_lives() {
        assert_eq!(
            days("2026-11-26T23:30:00Z", "UTC", 2),
            [day("2026-11-25", "2026-11-25T00:00Z"), day("2026-11-26", "2026-11-26T00:00Z")]
        );
        assert_eq!(
            days("2026-11-26T23:30:00Z", "Asia/Shanghai", 1),
            [day("2026-11-27", "2026-11-26T16:00Z")]
        );
    }

    /// A day has 23 hours where clocks are put forward.
    #[test]
    fn clocks_that_leap_shorten_a_day() {
        assert_eq!(
            days("2026-03-30T10:00:00Z", "Europe/Berlin", 2),
            [day("2026-03-29", "2026-03-28T23:00Z"), day("2026-03-30", "2026-03-29T22:00Z")]
        );
    }

    #[test]
    fn a_zone_has_a_name_that_is_known() {
        assert!(zone(Some("Mars/Olympus")).is_err());
        assert!(zone(Some("")).is_err());
        assert!(zone(None).is_ok());
    }
}
