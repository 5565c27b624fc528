//! Closed vocabularies, and how to survive a newer server's words.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Defines an enum whose variants are words on the wire: `as_str`, `ALL`, `FromStr`, `Display`
/// and strict serde, all from the one list.
macro_rules! wire_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in the order of definition.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// All words, comma separated, for messages.
            pub fn words() -> String {
                Self::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", ")
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("'{}' is not one of: {}", $crate::clip(other, 40), Self::words())),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = String::deserialize(d)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use wire_enum;

/// A word from a server: one we know, or one a newer server made up.
///
/// Answers are read as `Known<T>` so that an unknown status is shown, never a parse failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// A value of the vocabulary this build knows.
    Known(T),
    /// Anything else, verbatim.
    Unknown(String),
}

impl<T: Copy> Known<T> {
    /// The value, when this build knows it.
    pub fn get(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T> From<T> for Known<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: PartialEq> PartialEq<T> for Known<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Known(value) if value == other)
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Known<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Unknown(word) => f.pad(word),
        }
    }
}

impl<T: Serialize> Serialize for Known<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(s),
            Self::Unknown(word) => s.serialize_str(word),
        }
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let word = String::deserialize(d)?;
        Ok(word.parse().map_or(Self::Unknown(word), Self::Known))
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::SubTaskStatus;

    #[test]
    fn a_newer_servers_word_is_kept() {
        let known: Known<SubTaskStatus> = serde_json::from_str("\"review\"").unwrap();
        assert_eq!(known, SubTaskStatus::Review);
        let new: Known<SubTaskStatus> = serde_json::from_str("\"paused\"").unwrap();
        assert_eq!(new, Known::Unknown("paused".into()));
        assert_eq!(serde_json::to_string(&new).unwrap(), "\"paused\"");
    }
}
