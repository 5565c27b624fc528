//! Lenient fields: three wrappers for values that an older or newer peer may send differently.
//!
//! A plain field type is strict: anything unexpected fails the whole body. These do not:
//!
//! | wrapper | reads | forgives | and yields | for |
//! |---|---|---|---|---|
//! | [`OrUnknown<T>`] | a JSON string | an unknown word | the word, kept | answers of a newer server |
//! | [`WireWord<T>`] | a JSON string | an unknown word, for now | the parse error, at the field check | requests: a bad word is 400, a wrong JSON type 422 |
//! | [`LooseNumber`] | a number, string or boolean | the wrong JSON type | an `i64` | requests of the original's clients |

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::visible::quoted;

/// A word from a server: one we know, or one a newer server made up.
///
/// Answers are read as `OrUnknown<T>` so that an unknown status is shown, never a parse failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrUnknown<T> {
    /// A value of the vocabulary this build knows.
    Known(T),
    /// Anything else, verbatim.
    Unknown(String),
}

impl<T: Copy> OrUnknown<T> {
    /// The value, when this build knows it.
    pub fn get(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T: fmt::Display> OrUnknown<T> {
    /// The word itself, as the wire has it.
    pub fn word(&self) -> String {
        match self {
            Self::Known(value) => value.to_string(),
            Self::Unknown(word) => word.clone(),
        }
    }
}

impl<T> From<T> for OrUnknown<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: PartialEq> PartialEq<T> for OrUnknown<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Known(value) if value == other)
    }
}

/// As people read it: an unknown word is somebody else's, and quoted.
impl<T: fmt::Display> fmt::Display for OrUnknown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Unknown(word) => f.pad(&quoted(word)),
        }
    }
}

impl<T: Serialize> Serialize for OrUnknown<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(s),
            Self::Unknown(word) => s.serialize_str(word),
        }
    }
}

impl<'de, T: FromStr> Deserialize<'de> for OrUnknown<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let word = String::deserialize(d)?;
        Ok(word.parse().map_or(Self::Unknown(word), Self::Known))
    }
}

/// A word that should be one of a vocabulary, read from any JSON string.
///
/// The contract answers a bad word with 400 and a wrong JSON type with 422, so the two are told
/// apart: the word is judged when the handler asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireWord<T>(Result<T, String>);

impl<T> WireWord<T> {
    /// The value.
    ///
    /// # Errors
    /// The message naming the allowed words, when the word is none of them.
    pub fn get(self) -> Result<T, String> {
        self.0
    }
}

impl<T> From<T> for WireWord<T> {
    fn from(value: T) -> Self {
        Self(Ok(value))
    }
}

impl<T: Serialize> Serialize for WireWord<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(value) => value.serialize(s),
            Err(message) => Err(serde::ser::Error::custom(message)),
        }
    }
}

impl<'de, T: FromStr<Err = String>> Deserialize<'de> for WireWord<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(d)?.parse()))
    }
}

/// A whole number read the way the original's clients may send it: `5`, `"5"`, `5.0` or `true`;
/// never `4.5`, never beyond 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LooseNumber(pub i64);

impl<'de> Deserialize<'de> for LooseNumber {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl Visitor<'_> for NumberVisitor {
            type Value = LooseNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number within 64 bits")
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<LooseNumber, E> {
                Ok(LooseNumber(n))
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<LooseNumber, E> {
                i64::try_from(n).map(LooseNumber).map_err(|_| E::custom("number is beyond 64 bits"))
            }

            fn visit_f64<E: Error>(self, n: f64) -> Result<LooseNumber, E> {
                // The bounds are exact powers of two; inside them the cast loses nothing.
                let whole = n.fract() == 0.0
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&n);
                #[allow(clippy::cast_possible_truncation)]
                if whole {
                    Ok(LooseNumber(n as i64))
                } else {
                    Err(E::custom("number is not whole or beyond 64 bits"))
                }
            }

            fn visit_bool<E: Error>(self, b: bool) -> Result<LooseNumber, E> {
                Ok(LooseNumber(i64::from(b)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<LooseNumber, E> {
                text.trim()
                    .parse()
                    .map(LooseNumber)
                    .map_err(|_| E::custom("text is not a whole number within 64 bits"))
            }
        }

        d.deserialize_any(NumberVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::{LooseNumber, OrUnknown, WireWord};
    use crate::{Priority, SubTaskStatus};

    #[test]
    fn a_newer_servers_word_is_kept() {
        let known: OrUnknown<SubTaskStatus> = serde_json::from_str("\"review\"").unwrap();
        assert_eq!(known, SubTaskStatus::Review);
        let new: OrUnknown<SubTaskStatus> = serde_json::from_str("\"paused\"").unwrap();
        assert_eq!(new, OrUnknown::Unknown("paused".into()));
        assert_eq!(serde_json::to_string(&new).unwrap(), "\"paused\"");
        assert_eq!((new.word().as_str(), new.to_string().as_str()), ("paused", "\"paused\""));
    }

    #[test]
    fn numbers_are_read_as_the_original_does() {
        for (json, want) in [("5", 5), ("\"5\"", 5), ("5.0", 5), ("true", 1), ("-7", -7)] {
            assert_eq!(
                serde_json::from_str::<LooseNumber>(json).unwrap(),
                LooseNumber(want),
                "{json}"
            );
        }
        for bad in ["4.5", "9223372036854775808", "1e30", "\"\"", "\"4.5\"", "null", "[]", "{}"] {
            assert!(serde_json::from_str::<LooseNumber>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_word_is_told_from_a_wrong_type() {
        let word: WireWord<Priority> = serde_json::from_str("\"urgent\"").unwrap();
        assert!(word.get().unwrap_err().contains("high, medium, low"));
        assert!(serde_json::from_str::<WireWord<Priority>>("5").is_err());
    }
}
