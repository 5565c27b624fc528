//! Ids are random UUIDs; every command and route takes an unambiguous prefix.

use std::fmt;
use std::str::FromStr;

/// How many characters of an id are printed.
pub const SHORT_ID: usize = 8;
const MIN_PREFIX: usize = 4;
const FULL: usize = 36;

/// The printed form of an id: its first [`SHORT_ID`] characters. It stands among words of ours,
/// so what a server sends in place of an id becomes `?`.
pub fn short_id(id: &str) -> &str {
    let short = id.get(..SHORT_ID).unwrap_or(id);
    if is_hexadecimal(short) { short } else { "?" }
}

/// Whether it is made of what ids and hashes are made of.
pub fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// A whole id or at least 4 characters of its beginning, lower-cased, made of hexadecimal digits
/// and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPrefix(String);

/// The text can be no id of ours: too short, too long, or of other characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadIdPrefix;

impl fmt::Display for BadIdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id is {MIN_PREFIX} or more characters of a UUID")
    }
}

impl std::error::Error for BadIdPrefix {}

impl IdPrefix {
    /// The text as given, lower-cased.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether all 36 characters are there.
    pub fn is_whole(&self) -> bool {
        self.0.len() == FULL
    }

    /// The first text that sorts after every id with this prefix: with `as_str` as the inclusive
    /// lower bound it makes a range on the primary key.
    pub fn upper_bound(&self) -> String {
        let mut bytes = self.0.clone().into_bytes();
        if let Some(last) = bytes.last_mut() {
            *last += 1; // ASCII: 'f' becomes 'g', '9' becomes ':', '-' becomes '.'
        }
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromStr for IdPrefix {
    type Err = BadIdPrefix;

    fn from_str(text: &str) -> Result<Self, BadIdPrefix> {
        let text = text.to_ascii_lowercase();
        let fits = (MIN_PREFIX..=FULL).contains(&text.len()) && is_hexadecimal(&text);
        if fits { Ok(Self(text)) } else { Err(BadIdPrefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::IdPrefix;

    #[test]
    fn prefixes_make_key_ranges() {
        let prefix: IdPrefix = "01A3".parse().unwrap();
        assert_eq!((prefix.as_str(), prefix.upper_bound().as_str()), ("01a3", "01a4"));
        let prefix: IdPrefix = "ffff".parse().unwrap();
        assert!("ffffffff-ffff" < prefix.upper_bound().as_str());
        let dash: IdPrefix = "01a3c9f2-".parse().unwrap();
        assert!("01a3c9f2-0000" < dash.upper_bound().as_str());
    }

    #[test]
    fn other_text_is_refused() {
        let long = "a".repeat(37);
        for bad in ["", "abc", "zzzz", "01a3 ", "日本語日本", "01a3%", long.as_str()] {
            assert!(bad.parse::<IdPrefix>().is_err(), "{bad}");
        }
    }
}
