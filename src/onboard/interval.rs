//! How often a timer looks for work.

use std::fmt;
use std::str::FromStr;

use moss_api::{HumanDuration, Role};

/// At least 30 seconds, at most 7 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(HumanDuration);

impl Interval {
    /// How often a role looks unless somebody says otherwise: an idle look costs no model call.
    pub const fn of(role: Role) -> Self {
        Self(HumanDuration::minutes(match role {
            Role::Executor | Role::Reviewer => 5,
            Role::Planner => 10,
            Role::Patrol => 30,
        }))
    }

    /// In seconds.
    pub const fn seconds(self) -> u64 {
        self.0.seconds()
    }

    /// The first five fields of a crontab line. None when no such line keeps that time: it must
    /// divide an hour, a day, or be one.
    pub fn crontab(self) -> Option<String> {
        let minutes = Some(self.0.seconds()).filter(|s| s % 60 == 0)? / 60;
        let step = |n: u64| if n == 1 { "*".to_owned() } else { format!("*/{n}") };
        match minutes {
            1440 => Some("0 0 * * *".into()),
            m if m < 60 && 60 % m == 0 => Some(format!("{} * * * *", step(m))),
            m if m % 60 == 0 && m < 1440 && 1440 % m == 0 => {
                Some(format!("0 {} * * *", step(m / 60)))
            }
            _ => None,
        }
    }

    /// So many seconds, as people write them, if they are a time at all.
    pub fn of_seconds(seconds: u64) -> Option<Self> {
        let written = match seconds {
            s if s % 3600 == 0 => format!("{}h", s / 3600),
            s if s % 60 == 0 => format!("{}m", s / 60),
            s => format!("{s}s"),
        };
        written.parse().ok()
    }

    /// The time that these five fields of a crontab line keep, if one of ours does.
    pub fn of_crontab(fields: &str) -> Option<Self> {
        let (minutes, hours) = ((1..60).map(|n| format!("{n}m")), (1..24).map(|n| format!("{n}h")));
        let written = minutes.chain(hours).chain(["1d".to_owned()]);
        let mut all = written.filter_map(|text| text.parse().ok());
        all.find(|every: &Self| every.crontab().as_deref() == Some(fields))
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_fit = |every: &HumanDuration| (30..=7 * 86_400).contains(&every.seconds());
        let every = text.parse().ok().filter(is_fit).map(Self);
        every.ok_or_else(|| "write it like 5m; at least 30s, at most 7d".to_owned())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;

    #[test]
    fn times_are_read_and_become_crontab_fields() {
        for (text, fields) in [
            ("30s", None),
            ("60s", Some("* * * * *")),
            ("5m", Some("*/5 * * * *")),
            ("7m", None),
            ("60m", Some("0 * * * *")),
            ("2h", Some("0 */2 * * *")),
            ("5h", None),
            ("1d", Some("0 0 * * *")),
            ("2d", None),
        ] {
            let every: Interval = text.parse().unwrap();
            assert_eq!(every.to_string(), text);
            assert_eq!(every.crontab().as_deref(), fields, "{text}");
            let back = fields.and_then(Interval::of_crontab);
            assert_eq!(back.map(Interval::crontab), fields.map(|_| every.crontab()), "{text}");
        }
        for bad in ["", "5", "m", "+5m", "29s", "0m", "8d", "5 m", "5m ", "99999999999h", "五m"] {
            assert!(bad.parse::<Interval>().is_err(), "{bad:?}");
        }
        for (seconds, told) in
            [(30, Some("30s")), (600, Some("10m")), (86_400, Some("24h")), (7, None)]
        {
            let every = Interval::of_seconds(seconds).map(|every| every.to_string());
            assert_eq!(every.as_deref(), told);
        }
        let told = Interval::of_crontab("0 */2 * * *").map(|every| every.to_string());
        assert_eq!(told.as_deref(), Some("2h"));
        for other in ["", "5 * * * *", "*/7 * * * *", "@hourly", "0 0 * * 1"] {
            assert!(Interval::of_crontab(other).is_none(), "{other:?}");
        }
    }
}
