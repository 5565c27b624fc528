//! How far somebody has heard: up to an event, but for a few before it that were not there yet.
//!
//! Numbers are given when events are written, and databases that servers share commit in another
//! order: an event may come to be seen after one with a higher number.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// So many missing ones are remembered, the last of them.
const MOST_MISSING: usize = 64;

/// How far somebody has heard. As a word `105`, or `105-103-99` when two are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The highest number.
    pub seq: i64,
    /// Lower ones that were not there.
    pub missing: BTreeSet<i64>,
}

impl Cursor {
    /// Whether this event was heard.
    pub fn covers(&self, seq: i64) -> bool {
        seq <= self.seq && !self.missing.contains(&seq)
    }

    /// Hears an event.
    pub fn hear(&mut self, seq: i64) {
        if seq <= self.seq {
            self.missing.remove(&seq);
            return;
        }
        let most = i64::try_from(MOST_MISSING).unwrap_or(i64::MAX);
        self.missing.extend((self.seq + 1).max(seq - most)..seq);
        self.seq = seq;
        while self.missing.len() > MOST_MISSING {
            self.missing.pop_first();
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seq)?;
        self.missing.iter().try_for_each(|seq| write!(f, "-{seq}"))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let mut numbers = word.split('-').map(|number| {
            let is_plain = number.bytes().all(|b| b.is_ascii_digit());
            number.parse::<i64>().ok().filter(|_| is_plain).ok_or(())
        });
        let seq = numbers.next().ok_or(())??;
        let missing = numbers.take(MOST_MISSING + 1).collect::<Result<BTreeSet<_>, ()>>()?;
        let is_sound = missing.len() <= MOST_MISSING && missing.iter().all(|one| *one < seq);
        if is_sound { Ok(Self { seq, missing }) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_over_is_heard_later_and_once() {
        let mut cursor = Cursor { seq: 98, missing: BTreeSet::new() };
        cursor.hear(100);
        cursor.hear(102);
        assert_eq!(cursor.to_string(), "102-99-101");
        assert_eq!("102-99-101".parse(), Ok(cursor.clone()));
        assert!(cursor.covers(100) && !cursor.covers(101) && !cursor.covers(103));
        cursor.hear(99);
        cursor.hear(101);
        assert_eq!(cursor.to_string(), "102");
    }

    #[test]
    fn a_leap_of_the_numbers_stays_small() {
        let mut cursor = Cursor::default();
        cursor.hear(i64::MAX);
        assert_eq!(cursor.missing.len(), MOST_MISSING);
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for word in ["", "-", "x", "-1", "5-5", "5-7", "5-", "+5", "99999999999999999999"] {
            assert!(word.parse::<Cursor>().is_err(), "{word}");
        }
        let long = format!("999{}", (0..100).map(|n| format!("-{n}")).collect::<String>());
        assert!(long.parse::<Cursor>().is_err());
    }
}
