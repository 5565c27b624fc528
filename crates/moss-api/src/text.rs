//! Text from outside, parsed into types that cannot be wrong.
//!
//! These are strict: a text that breaks its type's rule fails the body. The table of the types that
//! forgive ([`crate::OrUnknown`], [`crate::WireWord`], [`crate::LooseNumber`]) is in `lenient.rs`.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizer;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::id::IdPrefix;
use crate::limits::{
    MAX_AGENT_NAME_CHARS, MAX_NAME_CHARS, MAX_SUMMARY_BYTES, MAX_TEXT_BYTES, MAX_TOKEN_CHARS,
};
use crate::placeholder::{NAME, is_placeholder};
use crate::visible::quoted;

/// Why a text was refused; the message says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadText(String);

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadText {}

/// Refuses NUL and control characters other than tab and line ends.
fn printable(text: &str) -> Result<(), BadText> {
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        None => Ok(()),
        Some(c) => Err(BadText(format!("contains the control character U+{:04X}", u32::from(c)))),
    }
}

/// Of what a command of ours says in place of a text.
fn placeholder(text: &str) -> BadText {
    BadText(format!("is {}, which stands for words of your own", quoted(text.trim())))
}

/// A name: without white space around it, composed (NFC), and of characters that can be seen, so
/// that two names are the same when they look the same and are spelt the same.
fn name(text: &str, max_chars: usize) -> Result<String, BadText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadText("must not be empty".into()));
    }
    if text.contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']) {
        return Err(BadText("must be one line without tabs".into()));
    }
    printable(text)?;
    if text == NAME {
        return Err(placeholder(text));
    }
    let categories = CodePointMapData::<GeneralCategory>::new();
    if let Some(c) = text.chars().find(|c| categories.get(*c) == GeneralCategory::Format) {
        return Err(unseen(c));
    }
    let text = ComposingNormalizer::new_nfc().normalize(text);
    if text.chars().scan(0, |run, c| Some(marks_so_far(run, c))).any(|run| run > MAX_MARKS) {
        return Err(BadText(format!("has more than {MAX_MARKS} marks on one letter")));
    }
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(BadText(format!("has {chars} characters, at most {max_chars} are allowed")));
    }
    Ok(text.into_owned())
}

/// Most marks on one letter (UTS 39, 5.4). More of them, and they lie over what stands above.
const MAX_MARKS: usize = 4;

/// How many marks stand in a row up to this character.
fn marks_so_far(run: &mut usize, c: char) -> usize {
    use GeneralCategory as Is;
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    *run = if matches!(category, Is::NonspacingMark | Is::EnclosingMark) { *run + 1 } else { 0 };
    *run
}

/// An agent's name: it is also typed where an id could stand, and is told from others by its look.
fn agent_name(text: &str) -> Result<String, BadText> {
    let text = name(text, MAX_AGENT_NAME_CHARS)?;
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    if let Some(c) = text.chars().find(|c| ignorable.contains(*c)) {
        return Err(unseen(c));
    }
    if text.starts_with('-') {
        return Err(BadText("must not begin with -, which is how a flag begins".into()));
    }
    if text.parse::<IdPrefix>().is_ok() {
        return Err(BadText(format!(
            "looks like the beginning of an id: {text} is hexadecimal digits alone"
        )));
    }
    Ok(text)
}

fn unseen(c: char) -> BadText {
    BadText(format!("contains U+{:04X}, which cannot be seen", u32::from(c)))
}

fn prose(text: String, max_bytes: usize) -> Result<String, BadText> {
    if text.len() > max_bytes {
        return Err(BadText(format!("has {} bytes, at most {max_bytes} are allowed", text.len())));
    }
    printable(&text)?;
    if is_placeholder(&text) {
        return Err(placeholder(&text));
    }
    Ok(text)
}

fn token(text: String) -> Result<String, BadText> {
    let chars = text.chars().count();
    if chars == 0 || chars > MAX_TOKEN_CHARS {
        return Err(BadText(format!("must have 1 to {MAX_TOKEN_CHARS} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(BadText("must have no control characters".into()));
    }
    Ok(text)
}

/// Defines a text type: its name, how many characters it may have, and how it is read.
macro_rules! text_type {
    ($(#[doc = $doc:literal])+ $name:ident, $chars:expr, $read:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a text.
            ///
            /// # Errors
            /// When it breaks the type's rule; the message names the rule.
            pub fn new(text: impl Into<String>) -> Result<Self, BadText> {
                let read: fn(String) -> Result<String, BadText> = $read;
                read(text.into()).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself.
            pub fn into_inner(self) -> String {
                self.0
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::openapi::text($chars, concat!($($doc, "\n"),+))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl FromStr for $name {
            type Err = BadText;
            fn from_str(text: &str) -> Result<Self, BadText> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(d)?).map_err(D::Error::custom)
            }
        }
    };
}

text_type!(
    /// A name or a title: 1 to 200 characters on one line, each of which can be seen. White space
    /// around it goes; it is composed (NFC).
    Name,
    1..=MAX_NAME_CHARS,
    |text| name(&text, MAX_NAME_CHARS)
);

text_type!(
    /// An agent's name: a [`Name`] of at most 64 characters that does not look like an id.
    AgentName,
    1..=MAX_AGENT_NAME_CHARS,
    |text| agent_name(&text)
);

text_type!(
    /// Free text, possibly empty, of at most 64 KiB.
    Text,
    0..=MAX_TEXT_BYTES,
    |text| prose(text, MAX_TEXT_BYTES)
);

text_type!(
    /// An activity log's text, possibly empty, of at most 16 KiB.
    Summary,
    0..=MAX_SUMMARY_BYTES,
    |text| prose(text, MAX_SUMMARY_BYTES)
);

text_type!(
    /// A machine-made word, such as a session id, an idempotency key or a plan key: 1 to 200
    /// characters without control characters.
    Token,
    1..=MAX_TOKEN_CHARS,
    token
);

/// The empty text.
impl Default for Text {
    fn default() -> Self {
        Self(String::new())
    }
}

/// The empty text.
impl Default for Summary {
    fn default() -> Self {
        Self(String::new())
    }
}

/// The text, or its first `max` characters and an ellipsis when it is longer. Never splits a
/// character.
pub fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AgentName, Name, Summary, Text, Token, clip};

    #[test]
    fn names_have_limits() {
        assert!(Name::new("Import rates – täglich 日本 🚀").is_ok());
        assert!(Name::new("x".repeat(200)).is_ok());
        let long = "x".repeat(201);
        for bad in ["", "   ", "a\nb", "a\0b", "a\u{7}b", "a\u{85}b", long.as_str()] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
        for unseen in
            ["a\u{200b}b", "a\u{202e}b", "a\u{feff}", "\u{e0041}a", "a\u{ad}b", "a\u{2028}b"]
        {
            assert!(Name::new(unseen).is_err(), "{unseen:?}");
            assert!(AgentName::new(unseen).is_err(), "{unseen:?}");
        }
    }

    #[test]
    fn names_are_trimmed_and_composed() {
        for (typed, kept) in [
            ("  AI-Wu\u{a0}", "AI-Wu"),
            ("Rene\u{301}", "Ren\u{e9}"),
            ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstr\u{f6}m"),
            ("日本 🚀", "日本 🚀"),
            ("❤\u{fe0f} titles", "❤\u{fe0f} titles"),
        ] {
            assert_eq!(Name::new(typed).unwrap().as_str(), kept);
        }
        // The limit is judged by what is kept.
        assert!(Name::new(format!(" {} ", "e\u{301}".repeat(200))).is_ok());
    }

    #[test]
    fn an_agents_name_is_no_id_and_can_be_seen() {
        for good in
            ["AI-Wu", "E1", "abc", "e35a95c3x", "Ada", "李明", "Zoë", "x".repeat(64).as_str()]
        {
            assert!(AgentName::new(good).is_ok(), "{good:?}");
        }
        for bad in [
            "e35a95c3",
            "E35A",
            "beef",
            "1234",
            "0a1b-2c3d",
            &"x".repeat(65),
            "a\u{fe0f}",
            "\u{3164}x",
        ] {
            assert!(AgentName::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            AgentName::new("e35a95c3").unwrap_err().to_string(),
            "looks like the beginning of an id: e35a95c3 is hexadecimal digits alone"
        );
        assert_eq!(
            AgentName::new("AI\u{200b}-Wu").unwrap_err().to_string(),
            "contains U+200B, which cannot be seen"
        );
    }

    #[test]
    fn an_agents_name_is_no_flag() {
        assert!(AgentName::new("AI-").is_ok() && Name::new("- a list").is_ok());
        for flag in ["-x", "--all", "-", " -x"] {
            let why = AgentName::new(flag).unwrap_err().to_string();
            assert_eq!(why, "must not begin with -, which is how a flag begins");
        }
    }

    #[test]
    fn few_marks_stand_on_a_letter() {
        for few in ["ཧཱུྃ", "e\u{301}\u{302}\u{303}\u{304}\u{305}", "1\u{fe0f}\u{20e3} ❤\u{fe0f}"]
        {
            assert!(Name::new(few).is_ok(), "{few}");
        }
        for many in [format!("x{}", "\u{302}".repeat(17)), format!("a{}b", "\u{489}".repeat(5))] {
            let why = Name::new(many.as_str()).unwrap_err().to_string();
            assert_eq!(why, "has more than 4 marks on one letter");
            assert!(AgentName::new(many).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_a_name_keeps_to_its_letters(text in "[-ae\u{300}-\u{304}\u{489}\u{1ab0}]{1,12}") {
            // What is composed with its mark is a letter, too: ẽ.
            let is_mark = |c: char| !matches!(c, '-' | 'a'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}');
            if let Ok(name) = AgentName::new(text) {
                prop_assert!(!name.as_str().starts_with('-'));
                let chars: Vec<char> = name.as_str().chars().collect();
                prop_assert!(!chars.windows(5).any(|five| five.iter().all(|c| is_mark(*c))));
            }
        }
    }

    #[test]
    fn what_a_command_says_in_place_of_a_text_is_none() {
        let why = "is \"what you did\", which stands for words of your own";
        assert_eq!(Text::new("what you did").unwrap_err().to_string(), why);
        assert!(Summary::new(" What you did.\n").is_err());
        assert!(Text::new("…").is_err() && Name::new("NAME").is_err() && Name::new("...").is_ok());
    }

    #[test]
    fn texts_may_be_empty_but_not_hold_nul() {
        assert!(Text::new("").is_ok());
        assert!(Text::new("a\r\n\tb").is_ok());
        assert!(Text::new("a\0b").unwrap_err().to_string().contains("U+0000"));
        assert!(Text::new("x".repeat(64 * 1024 + 1)).is_err());
        assert!(Token::new("").is_err());
    }

    #[test]
    fn clipping_keeps_characters_whole() {
        assert_eq!(clip("日本語", 2), "日本…");
        assert_eq!(clip("日本語", 3), "日本語");
        assert_eq!(clip("", 0), "");
    }
}
