//! When something comes again.

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use moss_api::{Interval, Recurring, Timestamp};

use crate::domain::Refusal;
use crate::store::entity::recurrence::Model;
use crate::store::sub_tasks::micros;

/// When something comes again.
#[derive(Debug)]
pub enum Schedule {
    /// So often, counted from a time.
    Every {
        /// From one round to the next.
        every: Duration,
        /// The first comes so long after this.
        since: Timestamp,
    },
    /// As a crontab says. A time that a clock leaps over comes when it has leapt; one that it shows
    /// twice comes once.
    Cron {
        /// The expression.
        cron: Box<Cron>,
        /// Whose clocks it goes by.
        zone: TimeZone,
    },
}

impl Schedule {
    /// As somebody asked for it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(asked: &Recurring, since: Timestamp) -> Result<Self, Refusal> {
        match (&asked.every, &asked.cron) {
            (Some(_), Some(_)) | (None, None) => {
                Err(Refusal::bad_value("recurring", "says one of every and cron"))
            }
            (Some(_), None) if asked.zone.is_some() => {
                Err(Refusal::bad_value("zone", "goes with cron; every is the same everywhere"))
            }
            (Some(every), None) => Ok(Self::Every { every: Interval::length(*every), since }),
            (None, Some(cron)) => {
                let zone = asked.zone.as_ref().map(|zone| zone.as_str());
                Self::cron(cron.as_str(), zone)
                    .map_err(|(field, problem)| Refusal::bad_value(field, problem))
            }
        }
    }

    /// As it is kept; none when this build cannot read it.
    pub fn kept(row: &Model) -> Option<Self> {
        match (row.every, row.cron.as_deref()) {
            (Some(every), _) => {
                let every = Duration::from_micros(u64::try_from(every).ok()?);
                Some(Self::Every { every, since: row.since.0 })
            }
            (None, Some(cron)) => Self::cron(cron, row.zone.as_deref()).ok(),
            (None, None) => None,
        }
    }

    fn cron(text: &str, zone: Option<&str>) -> Result<Self, (&'static str, String)> {
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name)
                .map_err(|_| ("zone", "is no time zone like Europe/Berlin or UTC".to_owned()))?,
        };
        let fields = text.split_whitespace().count();
        if !(fields == 5 || text.starts_with('@')) {
            let problem =
                "has five fields, as in a crontab: minute, hour, day, month, day of the week";
            return Err(("cron", problem.to_owned()));
        }
        let cron = Cron::from_str(text)
            .map_err(|_| ("cron", "is no cron expression, like 0 9 * * 1-5".to_owned()))?;
        Ok(Self::Cron { cron: Box::new(cron), zone })
    }

    /// The first time after this; none when there is none.
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every { every, since } => {
                let (every, since) = (micros(*every).max(1), since.micros());
                let rounds = at.micros().saturating_sub(since).max(0) / every + 1;
                Some(Timestamp::from_micros(since.checked_add(every.checked_mul(rounds)?)?))
            }
            Self::Cron { cron, zone } => {
                let from = jiff::Timestamp::from_microsecond(at.micros()).ok()?;
                let next = cron.find_next_occurrence(&from.to_zoned(zone.clone()), false).ok()?;
                Some(Timestamp::from_micros(next.timestamp().as_microsecond()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(cron: &str, zone: &str, from: &str) -> String {
        Schedule::cron(cron, Some(zone)).unwrap().after(at(from)).unwrap().to_string()
    }

    #[test]
    fn intervals_are_counted_from_their_beginning() {
        let since = at("2026-11-20T09:45:00Z");
        let schedule = Schedule::Every { every: Duration::from_secs(3_600), since };
        for (from, to) in [
            ("2026-11-20T09:45:00Z", "2026-11-20T10:45:00Z"),
            ("2026-11-20T10:44:59Z", "2026-11-20T10:45:00Z"),
            ("2026-11-20T10:45:00Z", "2026-11-20T11:45:00Z"),
            ("2026-11-22T10:50:00Z", "2026-11-22T11:45:00Z"),
            ("2020-01-01T00:00:00Z", "2026-11-20T10:45:00Z"),
        ] {
            assert_eq!(schedule.after(at(from)), Some(at(to)), "{from}");
        }
    }

    #[test]
    fn clocks_that_leap_lose_no_round_and_show_none_twice() {
        // On 2027-03-28 the clocks of Berlin go from 2 to 3, on 2027-10-31 from 3 to 2.
        let night = |from| next("30 2 * * *", "Europe/Berlin", from);
        assert_eq!(night("2027-03-27T12:00:00Z"), "2027-03-28T01:00:00Z");
        assert_eq!(night("2027-03-28T01:00:00Z"), "2027-03-29T00:30:00Z");
        assert_eq!(night("2027-10-30T12:00:00Z"), "2027-10-31T00:30:00Z");
        assert_eq!(night("2027-10-31T00:30:00Z"), "2027-11-01T01:30:00Z");
        assert_eq!(
            next("0 9 * * 1-5", "UTC", "2026-11-27T09:00:00Z"),
            "2026-11-30T09:00:00Z",
            "after a Friday comes a Monday"
        );
    }

    #[test]
    fn what_is_no_schedule_says_so() {
        for (cron, zone, field) in [
            ("", "UTC", "cron"),
            ("* * * *", "UTC", "cron"),
            ("0 0 9 * * 1", "UTC", "cron"),
            ("61 * * * *", "UTC", "cron"),
            ("0 9 * * 1-5; reboot", "UTC", "cron"),
            ("0 9 * * *", "Europe/Atlantis", "zone"),
            ("0 9 * * *", "", "zone"),
            ("0 9 * * *", "../../etc/passwd", "zone"),
        ] {
            assert_eq!(Schedule::cron(cron, Some(zone)).unwrap_err().0, field, "{cron} {zone}");
        }
        let never = Schedule::cron("0 0 30 2 *", None).unwrap();
        assert_eq!(never.after(at("2026-11-20T09:45:00Z")), None);
    }
}
