//! The clock of a server that writes its local time without a zone: how far it is ahead of UTC.
//!
//! The original does so. A stamp it has just made gives its zone away, held against the `Date` of
//! the same answer. Any other was made before, and says how far ahead the clock is at least.

use std::cell::{Cell, OnceCell};
use std::ops::RangeInclusive;
use std::time::Duration;

use moss_api::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::profile::ProfileDir;

/// Zones lie whole quarters of an hour apart.
const QUARTER_MINUTES: i64 = 15;
const QUARTER: i64 = QUARTER_MINUTES * 60_000_000;
/// From 12 hours behind UTC to 14 ahead.
const ZONES: RangeInclusive<i64> = -48..=56;
/// How far a fresh stamp may be from the `Date` of its answer, in microseconds: a proxy may have
/// written that.
const TOLERANCE: i64 = 60_000_000;
/// How long a zone is believed that nothing confirms: summer ends, and servers move.
const BELIEVED: Duration = Duration::from_secs(24 * 3_600);
/// How old a confirmation may be before the next one is written down.
const WORTH_KEEPING: Duration = Duration::from_secs(3_600);

/// How far a clock is ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Zone {
    /// In quarters of an hour.
    quarters: i64,
    /// Whether it can be no further.
    exact: bool,
    /// When that was so, by the server's clock.
    at: Timestamp,
}

impl Zone {
    /// From a stamp made for an answer of this date; none when the two do not fit.
    fn of_fresh(stamp: Timestamp, date: Timestamp) -> Option<Self> {
        let ahead = stamp.micros().saturating_sub(date.micros());
        let quarters = ahead.saturating_add(QUARTER / 2).div_euclid(QUARTER);
        let fits = ahead.abs_diff(quarters.saturating_mul(QUARTER)) <= TOLERANCE.unsigned_abs();
        (fits && ZONES.contains(&quarters)).then_some(Self { quarters, exact: true, at: date })
    }

    /// What is known after a stamp was seen that is as old as it may be.
    fn after(before: Option<Self>, stamp: Timestamp, date: Timestamp) -> Option<Self> {
        let ahead = stamp.micros().saturating_sub(date.micros()).saturating_sub(TOLERANCE);
        let least = ahead.saturating_neg().div_euclid(QUARTER).saturating_neg();
        let least = least.max(*ZONES.start());
        if !ZONES.contains(&least) {
            return before;
        }
        match before {
            Some(known) if known.quarters > least => before,
            Some(known) if known.quarters == least => Some(Self { at: date, ..known }),
            Some(_) | None => Some(Self { quarters: least, exact: false, at: date }),
        }
    }

    /// The moment at which the clock shows this time: at the latest, unless the zone is exact.
    const fn moment(self, time: Timestamp) -> Timestamp {
        time.in_zone(self.quarters.saturating_mul(QUARTER_MINUTES))
    }
}

/// A server's clock, as far as its answers have told of it.
#[derive(Debug)]
pub struct ServerClock {
    folder: Option<ProfileDir>,
    /// Read from the folder when a time without a zone comes up; ours never does.
    zone: OnceCell<Cell<Option<Zone>>>,
    date: Cell<Timestamp>,
}

impl ServerClock {
    /// With what this folder remembers of it.
    pub fn new(folder: Option<ProfileDir>) -> Self {
        Self { folder, zone: OnceCell::new(), date: Cell::default() }
    }

    /// Learns from an answer of this date, and turns its times into moments where the zone is known;
    /// whether it did so. A `fresh` one was stamped for this answer.
    pub fn read(&self, answer: &mut Value, date: Timestamp, fresh: bool) -> bool {
        self.date.set(date);
        let mut newest = None;
        each_time(answer, &mut |_, time| newest = newest.max(Some(time)));
        let Some(newest) = newest else { return false };
        let before = self.zone(date);
        let of_fresh = stamp(answer).filter(|_| fresh).and_then(|time| Zone::of_fresh(time, date));
        let known = of_fresh.or_else(|| Zone::after(before.get(), newest, date));
        self.learn(before, known);
        let Some(zone) = known.filter(|zone| zone.exact) else { return false };
        each_time(answer, &mut |text, time| *text = zone.moment(time).to_string().into());
        true
    }

    /// How long ago a time of the last answer was, at least.
    pub fn since(&self, time: Timestamp) -> Duration {
        let date = self.date.get();
        if time.is_zoned() {
            return date.since(time);
        }
        self.zone(date).get().map_or(Duration::ZERO, |zone| date.since(zone.moment(time)))
    }

    fn zone(&self, date: Timestamp) -> &Cell<Option<Zone>> {
        self.zone.get_or_init(|| {
            let kept = self.folder.as_ref().and_then(ProfileDir::server_clock);
            let zone: Option<Zone> = kept.and_then(|text| serde_json::from_str(&text).ok());
            Cell::new(zone.filter(|z| ZONES.contains(&z.quarters) && date.since(z.at) < BELIEVED))
        })
    }

    fn learn(&self, before: &Cell<Option<Zone>>, known: Option<Zone>) {
        let (Some(folder), Some(zone)) = (&self.folder, known) else {
            before.set(known);
            return;
        };
        let is_new = before.get().is_none_or(|it| {
            (it.quarters, it.exact) != (zone.quarters, zone.exact)
                || zone.at.since(it.at) >= WORTH_KEEPING
        });
        if is_new {
            before.set(known);
            if let Ok(text) = serde_json::to_string(&zone) {
                folder.save_server_clock(&text);
            }
        }
    }
}

/// When the thing was changed or made that was just changed or made.
fn stamp(answer: &Value) -> Option<Timestamp> {
    let time = answer.get("updated_at").or_else(|| answer.get("created_at"))?;
    time.as_str()?.parse().ok().filter(|time: &Timestamp| !time.is_zoned())
}

/// Every time without a zone. Texts of people are left alone: their fields are not called so.
fn each_time(value: &mut Value, tell: &mut impl FnMut(&mut Value, Timestamp)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_time(item, tell)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let time = field.as_str().filter(|_| name.ends_with("_at"));
                match time.and_then(|text| text.parse::<Timestamp>().ok()) {
                    Some(time) if !time.is_zoned() => tell(field, time),
                    Some(_) => {}
                    None => each_time(field, tell),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// What becomes of a time in an answer of this date.
    fn read(clock: &ServerClock, time: &str, date: &str, fresh: bool) -> String {
        let mut answer = json!({"items": [{"created_at": time}], "created_at": time});
        clock.read(&mut answer, at(date), fresh);
        answer["items"][0]["created_at"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_fresh_stamp_gives_the_zone_away() {
        for (stamp, zone) in [
            ("2026-11-20T18:00:00.4", "2026-11-20T10:00:00.4Z"),
            ("2026-11-20T06:29:59.9", "2026-11-20T09:59:59.9Z"),
            ("2026-11-20T15:45:02", "2026-11-20T10:00:02Z"),
            ("2026-11-20T10:00:00", "2026-11-20T10:00:00Z"),
        ] {
            let clock = ServerClock::new(None);
            assert_eq!(read(&clock, stamp, "2026-11-20T10:00:00Z", true), zone);
            // And from then on every other is read so.
            let before = read(&clock, "2026-11-01T12:00:00", "2026-11-20T10:01:00Z", false);
            assert!(before.ends_with('Z'), "{before}");
        }
    }

    #[test]
    fn a_stamp_that_fits_no_zone_is_not_fresh() {
        for stamp in ["2026-11-20T18:07:00", "2026-11-20T09:52:00", "2026-11-22T10:00:00"] {
            let clock = ServerClock::new(None);
            assert_eq!(read(&clock, stamp, "2026-11-20T10:00:00Z", true), stamp);
        }
    }

    #[test]
    fn what_is_only_read_stays_as_it_came_and_bounds_how_long_ago_it_was() {
        let clock = ServerClock::new(None);
        let time = "2026-11-20T17:20:00"; // eight hours ahead: 40 minutes before
        assert_eq!(read(&clock, time, "2026-11-20T10:00:00Z", false), time);
        assert_eq!(clock.since(at(time)), Duration::from_secs(10 * 60));
        read(&clock, time, "2026-11-20T11:00:00Z", false);
        assert_eq!(clock.since(at(time)), Duration::from_secs(70 * 60));
        read(&clock, "2026-11-20T18:55:00", "2026-11-20T11:00:00Z", false);
        assert_eq!(clock.since(at(time)), Duration::from_secs(100 * 60), "all there is to it");
    }

    #[test]
    fn a_time_that_is_yet_to_come_disproves_the_zone() {
        let clock = ServerClock::new(None);
        read(&clock, "2026-03-29T11:00:00", "2026-03-29T10:00:00Z", true);
        let summer = "2026-03-29T12:30:00";
        assert_eq!(read(&clock, summer, "2026-03-29T10:30:00Z", false), summer);
        let winter = read(&clock, "2026-10-25T11:40:00", "2026-10-25T10:40:00Z", true);
        assert_eq!(winter, "2026-10-25T10:40:00Z");
    }

    #[test]
    fn it_is_remembered_for_a_day() {
        let dir = tempfile::TempDir::new().unwrap();
        let folder = || Some(ProfileDir::exactly(dir.path().to_owned()));
        read(&ServerClock::new(folder()), "2026-11-20T18:00:00", "2026-11-20T10:00:00Z", true);
        let time = "2026-11-20T17:20:00";
        let next_day = ServerClock::new(folder());
        assert_eq!(read(&next_day, time, "2026-11-21T09:59:00Z", false), "2026-11-20T09:20:00Z");
        let later = ServerClock::new(folder());
        assert_eq!(read(&later, time, "2026-11-21T10:00:01Z", false), time);
    }

    #[test]
    fn only_times_are_times() {
        let clock = ServerClock::new(None);
        let mut answer = json!({"created_at": "2026-11-20T18:00:00", "summary": "2026-11-20T18:00:00",
            "completed_at": null, "updated_at": "2026-11-20T18:00:00Z", "looked_at": {"id": 1}});
        clock.read(&mut answer, at("2026-11-20T10:00:00Z"), false);
        let before = answer.clone();
        clock.read(&mut answer, at("2026-11-20T10:00:00Z"), true);
        assert_eq!(answer, before, "updated_at has a zone and fits none");
    }
}
