//! Whose signature counts: two keys, one in use and one for the day it has to be replaced.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{PUBLIC_KEY_LENGTH, Signature, VerifyingKey};

const COMPILED_IN: [&str; 2] = [
    include_str!("../../../../keys/release-current.pub"),
    include_str!("../../../../keys/release-next.pub"),
];

/// Public keys, in the order in which they are used: a later one replaces those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseKeys(Vec<VerifyingKey>);

/// The text is no base64 of an ed25519 public key's 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey;

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a release key is the base64 of an ed25519 public key")
    }
}

impl std::error::Error for BadKey {}

impl ReleaseKeys {
    /// Those of `keys/`.
    ///
    /// # Errors
    /// When this build has one that is none.
    pub fn compiled_in() -> Result<Self, BadKey> {
        COMPILED_IN.join(" ").parse()
    }

    /// These.
    pub const fn new(keys: Vec<VerifyingKey>) -> Self {
        Self(keys)
    }

    /// All of them.
    pub fn as_slice(&self) -> &[VerifyingKey] {
        &self.0
    }

    /// Each as its text, in their order.
    pub fn texts(&self) -> impl DoubleEndedIterator<Item = String> + '_ {
        self.0.iter().map(|key| BASE64_STANDARD.encode(key.as_bytes()))
    }

    /// Which of them signed these bytes; none when none did.
    pub fn signer(&self, bytes: &[u8], signature: &[u8]) -> Option<&VerifyingKey> {
        let signature = Signature::from_slice(signature).ok()?;
        self.0.iter().find(|key| key.verify_strict(bytes, &signature).is_ok())
    }
}

/// Separated by white space or commas.
impl FromStr for ReleaseKeys {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        words.filter(|word| !word.is_empty()).map(key).collect::<Result<_, _>>().map(Self)
    }
}

fn key(text: &str) -> Result<VerifyingKey, BadKey> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| BadKey)?;
    let bytes = <[u8; PUBLIC_KEY_LENGTH]>::try_from(bytes).map_err(|_| BadKey)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| BadKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_different_keys() {
        let keys = ReleaseKeys::compiled_in().unwrap();
        let [current, next] = keys.as_slice() else { panic!("{keys:?}") };
        assert!(current != next && !current.is_weak() && !next.is_weak());
        let texts: Vec<_> = keys.texts().collect();
        assert_eq!(texts.join(",").parse(), Ok(keys));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["c2VjcmV0", "!", &"A".repeat(43), &"A".repeat(88)] {
            assert_eq!(text.parse::<ReleaseKeys>(), Err(BadKey), "{text}");
        }
    }
}
