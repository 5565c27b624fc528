//! What this agent has heard of other versions: `.moss/update`.

use std::cmp::Ordering;
use std::time::Duration;

use moss_api::Timestamp;
use moss_api::release::Version;
use serde::{Deserialize, Serialize};

use crate::config::profile::ProfileDir;
use crate::error::Result;
use crate::system::files;
use crate::system::version::version;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What was heard, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The version the server last named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known: Option<Version>,
    /// When it was last mentioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<Timestamp>,
    /// When a timer last tried to become it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tried: Option<Timestamp>,
    /// When a wake-up last looked at the manifest itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked: Option<Timestamp>,
    /// When it was last told that the manifest is not to be gone by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted: Option<Timestamp>,
}

impl Notice {
    /// What is known here; nothing when the file is none.
    pub fn read(folder: &ProfileDir) -> Self {
        let text = files::read(&folder.notice_path()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Takes note of the version a server names. Returns whether it is to be mentioned now.
    pub fn learn(folder: &ProfileDir, named: Option<&str>) -> bool {
        let Some(named) = named.and_then(|text| text.parse::<Version>().ok()) else { return false };
        if named == version() {
            return false;
        }
        let mut notice = Self::read(folder);
        if notice.known != Some(named) {
            notice = Self { known: Some(named), told: None, ..notice };
            files::replace_lightly(&folder.notice_path(), &notice.text());
        }
        named > version() && !is_within(notice.told, DAY)
    }

    /// It was mentioned.
    pub fn mentioned(folder: &ProfileDir) {
        let notice = Self { told: Some(crate::system::clock::now()), ..Self::read(folder) };
        files::replace_lightly(&folder.notice_path(), &notice.text());
    }

    /// Whether a timer should look for another version: once an hour for a newer one; once a day
    /// for an older one, since this one may have been recalled.
    pub fn is_due(&self) -> bool {
        self.pause().is_some_and(|pause| !is_within(self.tried, pause))
    }

    /// When a timer tries again, in words.
    pub fn next_try(&self) -> &'static str {
        if self.pause() == Some(HOUR) { "in an hour" } else { "in a day" }
    }

    /// How long a timer waits between two tries; none when it has heard of no other version.
    fn pause(&self) -> Option<Duration> {
        match self.known?.cmp(&version()) {
            Ordering::Greater => Some(HOUR),
            Ordering::Less => Some(DAY),
            Ordering::Equal => None,
        }
    }

    /// Whether a wake-up should look at the manifest itself: once a day, from the second on.
    /// Remembers that it does; where that cannot be written down, none ever does.
    pub fn looks(mut self, folder: &ProfileDir) -> bool {
        if is_within(self.looked, DAY) {
            return false;
        }
        let is_first = self.looked.is_none();
        self.looked = Some(crate::system::clock::now());
        files::replace_lightly(&folder.notice_path(), &self.text());
        !is_first && Self::read(folder).looked == self.looked
    }

    /// Whether a doubt is to be told now: once a day. It counts as told from now on.
    pub fn doubts(folder: &ProfileDir) -> bool {
        let notice = Self::read(folder);
        if is_within(notice.doubted, DAY) {
            return false;
        }
        let notice = Self { doubted: Some(crate::system::clock::now()), ..notice };
        files::replace_lightly(&folder.notice_path(), &notice.text());
        true
    }

    /// Remembers that it is tried now, before it is: what kills this process must not make the
    /// next one try again at once.
    ///
    /// # Errors
    /// When it cannot be written; then it must not be tried.
    pub fn trying(mut self, folder: &ProfileDir) -> Result<()> {
        self.tried = Some(crate::system::clock::now());
        self.looked = self.tried;
        files::replace(&folder.notice_path(), &self.text())
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whether something happened less than a span ago. What lies as far in the future was written by
/// a clock that was wrong.
fn is_within(at: Option<Timestamp>, span: Duration) -> bool {
    let now = crate::system::clock::now();
    at.is_some_and(|at| now.since(at) < span && at.since(now) < span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(known: &str, tried_seconds_ago: i64) -> Notice {
        let at = crate::system::clock::now().micros() - tried_seconds_ago * 1_000_000;
        let tried = Some(Timestamp::from_micros(at));
        Notice { known: known.parse().ok(), tried, ..Notice::default() }
    }

    #[test]
    fn a_try_is_repeated_after_an_hour_or_a_day() {
        for (known, ago, due) in [
            ("99.0.0", 3_590, false),
            ("99.0.0", 3_610, true),
            ("99.0.0", -3_610, true), // a clock that was wrong
            ("0.0.1", 3_610, false),
            ("0.0.1", 86_410, true),
            (env!("CARGO_PKG_VERSION"), 86_410, false),
            ("", 86_410, false),
        ] {
            assert_eq!(notice(known, ago).is_due(), due, "{known} {ago}");
        }
    }
}
