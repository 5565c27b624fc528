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
        }
        for bad in ["", "5", "m", "+5m", "29s", "0m", "8d", "5 m", "5m ", "99999999999h", "五m"] {
            assert!(bad.parse::<Interval>().is_err(), "{bad:?}");
        }
    }
}
