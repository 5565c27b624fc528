//! The small values a release is told in: versions, file names, digests.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest name of a file, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 200;
/// Most digits of each of a version's numbers.
const MAX_DIGITS: usize = 9;
const DIGEST_PREFIX: &str = "sha256:";

/// `MAJOR.MINOR.PATCH`, and no more: there are no previews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u32; 3]);

/// The text is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadVersion;

impl fmt::Display for BadVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version is written like 0.2.0")
    }
}

impl std::error::Error for BadVersion {}

impl Version {
    /// From its three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self([major, minor, patch])
    }
}

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let numbers: Option<Vec<u32>> = text.splitn(4, '.').map(number).collect();
        numbers.and_then(|numbers| numbers.try_into().ok()).map(Self).ok_or(BadVersion)
    }
}

/// Digits as one writes a number: no sign, no needless zero.
fn number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= MAX_DIGITS;
    let needless = digits.len() > 1 && digits.starts_with('0');
    if plain && !needless { digits.parse().ok() } else { None }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The name of a file in the manifest's own folder: `[A-Za-z0-9._-]+`, hidden ones and `..` not
/// among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

/// The text is no plain file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFileName;

impl fmt::Display for BadFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file name is made of letters, digits, dots, _ and -, and begins with no dot")
    }
}

impl std::error::Error for BadFileName {}

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = BadFileName;

    fn from_str(text: &str) -> Result<Self, BadFileName> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let is_name = !text.is_empty()
            && text.len() <= MAX_FILE_NAME_BYTES
            && !text.starts_with('.')
            && text.bytes().all(fits);
        if is_name { Ok(Self(text.to_owned())) } else { Err(BadFileName) }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256, written `sha256:` and 64 small hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// The text is no such digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDigest;

impl fmt::Display for BadDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is written sha256: and 64 hexadecimal digits")
    }
}

impl std::error::Error for BadDigest {}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let hex = text.strip_prefix(DIGEST_PREFIX).ok_or(BadDigest)?;
        let small = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(small) {
            return Err(BadDigest);
        }
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
            let pair = hex.get(at..at + 2).ok_or(BadDigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DIGEST_PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// On the wire each is its text.
macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

as_text!(Version, FileName, Digest);

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    #[test]
    fn versions_are_three_numbers_in_their_order() {
        let version = |text: &str| text.parse::<Version>();
        for (older, newer) in [("0.9.9", "0.10.0"), ("0.99.99", "1.0.0"), ("0.1.0", "0.1.1")] {
            assert!(version(older).unwrap() < version(newer).unwrap());
        }
        assert_eq!(version("10.2.3").unwrap().to_string(), "10.2.3");
        for bad in ["", "1", "1.2", "1.2.3.4", "1.2.x", "+1.2.3", "01.2.3", "1..3", "v1.2.3"] {
            assert!(version(bad).is_err(), "{bad}");
        }
        assert!(version("1.2.3-rc1").is_err() && version("1.2.9999999999").is_err());
    }

    #[test]
    fn file_names_lead_nowhere_else() {
        assert!("moss-0.2.0_x.tar.gz".parse::<FileName>().is_ok());
        for bad in ["", ".", "..", "../a", "a/b", "/a", "a\\b", ".a", "a b", "ä", "a:b", "a%2fb"] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
        assert!("a".repeat(MAX_FILE_NAME_BYTES + 1).parse::<FileName>().is_err());
    }

    #[test]
    fn digests_are_their_text() {
        let text = format!("sha256:{HEX}");
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
        for bad in [HEX, "sha256:", &text[..70], &text.to_uppercase(), &format!("{text}00")] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
