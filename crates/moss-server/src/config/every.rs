//! How often something is done, as people write it: `60s`, `5m`, or `off`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use moss_api::HumanDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How often something is done: each 5 seconds to each day, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(Option<HumanDuration>);

const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Never.
const OFF: &str = "off";

impl Every {
    /// The time in between; none when it is never done.
    pub fn period(self) -> Option<Duration> {
        self.0.map(HumanDuration::length)
    }
}

/// Each minute.
impl Default for Every {
    fn default() -> Self {
        Self(Some(HumanDuration::minutes(1)))
    }
}

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == OFF {
            return Ok(Self(None));
        }
        let every = text.parse::<HumanDuration>().ok();
        every
            .filter(|every| (SHORTEST..=LONGEST).contains(&every.length()))
            .map(|every| Self(Some(every)))
            .ok_or_else(|| "is written like 60s or 5m, from 5s to 1d, or off".to_owned())
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(every) => every.fmt(f),
            None => f.write_str(OFF),
        }
    }
}

impl Serialize for Every {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What people write for never is, to some readers of YAML, no text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Truth(bool),
    Text(String),
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(deserializer)? {
            Written::Truth(false) => OFF.to_owned(),
            Written::Truth(true) => "on".to_owned(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Every;

    #[test]
    fn it_is_read_as_people_write_it_and_written_again() {
        for text in ["5s", "60s", "5m", "1d", "off"] {
            assert_eq!(text.parse::<Every>().unwrap().to_string(), text);
        }
        for bad in ["", "0s", "4s", "2d", "60", "1m30s", "never", "-5s", "OFF"] {
            assert!(bad.parse::<Every>().unwrap_err().contains("or off"), "{bad}");
        }
        let of = |yaml: &str| serde_saphyr::from_str::<Every>(yaml).ok();
        assert_eq!(of("off").unwrap().period(), None);
        assert_eq!(of("false").unwrap().period(), None);
        assert_eq!(of("90s").unwrap().period().unwrap().as_secs(), 90);
        assert_eq!(of("true"), None);
    }
}
