//! The manifest as it is handed out: signed, numbered, and good until a day.
//!
//! It is JSON as a whole, and made of whole lines: `{"signed":`, then what is signed, then
//! `,"signature":"…"}`. What is signed is cut out by its place and verified as the bytes it is, so
//! that `sed '1d;$d'` gets it too; nothing in it is looked at before that.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{SIGNATURE_LENGTH, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::keys::ReleaseKeys;
use super::manifest::{BadManifest, MAX_MANIFEST_BYTES, Manifest};
use crate::Timestamp;

/// What the release keys sign it as. They sign nothing else that begins like it.
const KIND: &str = "releases of moss";
/// The only channel there is.
pub const CHANNEL: &str = "stable";
const HEAD: &str = "{\"signed\":\n";
const MIDDLE: &str = ",\"signature\":\"";
const END: &str = "\"}\n";
/// A signature's 64 bytes in base64.
const SIGNATURE_DIGITS: usize = 88;

/// What makes one manifest newer than another, and old in itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Higher with each signing: who has seen one takes no lower one.
    pub serial: u64,
    /// When it was signed.
    pub signed: Timestamp,
    /// From then on it says nothing of what is newest.
    pub expires: Timestamp,
}

/// What a manifest's stamp is worth at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It counts.
    Good,
    /// It counts, and somebody has to renew it.
    EndsSoon,
    /// Nobody vouches any more that there is nothing newer.
    Expired,
    /// It was signed later than now: the clock that says so cannot tell when it expires.
    SignedLater,
}

impl Stamp {
    /// How long before its end whoever signs is reminded.
    pub const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);
    /// Two clocks may differ by so much.
    const SKEW: Duration = Duration::from_secs(24 * 60 * 60);

    /// What it is worth at `now`.
    pub fn at(&self, now: Timestamp) -> Freshness {
        if now + Self::SKEW < self.signed {
            Freshness::SignedLater
        } else if now >= self.expires {
            Freshness::Expired
        } else if now + Self::SOON >= self.expires {
            Freshness::EndsSoon
        } else {
            Freshness::Good
        }
    }
}

/// A manifest that a release key has signed.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedManifest {
    /// How new it is.
    pub stamp: Stamp,
    /// What it says.
    pub manifest: Manifest,
    /// Who signed it.
    pub key: VerifyingKey,
}

impl SignedManifest {
    /// Reads what was handed out.
    ///
    /// # Errors
    /// When none of `keys` has signed it, or what was signed is no manifest of this channel.
    pub fn open(bytes: &[u8], keys: &ReleaseKeys) -> Result<Self, BadManifest> {
        #[derive(Deserialize)]
        struct Label {
            kind: String,
            channel: String,
        }
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(BadManifest::too_large());
        }
        let Some((payload, signature)) = parts(bytes) else {
            // It is the same for who asks; whoever mends it is told what is wrong.
            Manifest::parse(bytes)?;
            return Err(BadManifest::Unsigned);
        };
        let signature = BASE64_STANDARD.decode(signature).map_err(|_| BadManifest::Unsigned)?;
        let key = *keys.signer(payload, &signature).ok_or(BadManifest::Unsigned)?;
        let label: Label = serde_json::from_slice(payload)?;
        if label.kind != KIND || label.channel != CHANNEL {
            return Err(BadManifest::Malformed(format!(
                "it was signed as {:?} of {:?}, not as {KIND:?} of {CHANNEL:?}",
                label.kind, label.channel
            )));
        }
        let stamp: Stamp = serde_json::from_slice(payload)?;
        if stamp.expires <= stamp.signed {
            return Err(BadManifest::Malformed("it ends before it begins".to_owned()));
        }
        Ok(Self { stamp, manifest: Manifest::parse(payload)?, key })
    }
}

/// What is signed, and the digits of its signature.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = bytes.strip_prefix(HEAD.as_bytes())?.strip_suffix(END.as_bytes())?;
    let (rest, signature) = inner.split_last_chunk::<SIGNATURE_DIGITS>()?;
    let payload = rest.strip_suffix(MIDDLE.as_bytes())?;
    payload.ends_with(b"\n").then_some((payload, signature))
}

/// What is to be signed.
///
/// # Errors
/// Never, but for what serde makes of it.
pub fn payload(manifest: &Manifest, stamp: &Stamp) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Payload<'a> {
        kind: &'static str,
        #[serde(flatten)]
        stamp: &'a Stamp,
        #[serde(flatten)]
        manifest: &'a Manifest,
    }
    serde_json::to_string_pretty(&Payload { kind: KIND, stamp, manifest }).map(|json| json + "\n")
}

/// What is handed out: a payload with its signature.
pub fn seal(payload: &str, signature: &[u8; SIGNATURE_LENGTH]) -> String {
    format!("{HEAD}{payload}{MIDDLE}{}{END}", BASE64_STANDARD.encode(signature))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;
    use crate::release::{MANIFEST_SCHEMA, Version};

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn keys() -> ReleaseKeys {
        ReleaseKeys::new([1, 2].map(|number| key(number).verifying_key()).to_vec())
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_micros(day * 24 * 60 * 60 * 1_000_000)
    }

    fn stamp() -> Stamp {
        Stamp { serial: 7, signed: day(100), expires: day(190) }
    }

    fn good() -> String {
        let manifest = Manifest {
            schema: MANIFEST_SCHEMA,
            channel: CHANNEL.to_owned(),
            minimum: Version::new(0, 1, 0),
            releases: Vec::new(),
        };
        payload(&manifest, &stamp()).unwrap()
    }

    fn signed(payload: &str, number: u8) -> String {
        seal(payload, &key(number).sign(payload.as_bytes()).to_bytes())
    }

    fn open(text: &str) -> Result<SignedManifest, BadManifest> {
        SignedManifest::open(text.as_bytes(), &keys())
    }

    #[test]
    fn what_either_key_signed_is_read_and_is_json() {
        for number in [1, 2] {
            let text = signed(&good(), number);
            let read = open(&text).unwrap();
            assert_eq!((read.stamp, read.key), (stamp(), key(number).verifying_key()));
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(json["signed"]["serial"], 7);
            // As a shell gets at it.
            let lines: Vec<_> = text.split_inclusive('\n').collect();
            assert_eq!(lines[1..lines.len() - 1].concat(), good());
        }
    }

    #[test]
    fn without_its_signature_it_is_nothing() {
        let text = signed(&good(), 1);
        let unsigned = [
            good(),
            signed(&good(), 3),
            text.replace("\"serial\": 7", "\"serial\": 8"),
            seal(&good().replace('7', "8"), &key(1).sign(good().as_bytes()).to_bytes()),
            seal(&good(), &[0; 64]),
            text.replace(&text[text.len() - 91..text.len() - 3], &"!".repeat(88)),
        ];
        for text in unsigned {
            assert_eq!(open(&text), Err(BadManifest::Unsigned), "{text}");
        }
        for other in ["", "<html>", "{}", &text.replace('\n', ""), &format!("{text} "), &text[1..]]
        {
            assert!(matches!(open(other), Err(BadManifest::Malformed(_))), "{other}");
        }
        let large = text.replacen("{\n", &format!("{{{}\n", " ".repeat(MAX_MANIFEST_BYTES)), 1);
        assert!(open(&large).is_err());
    }

    #[test]
    fn what_was_signed_as_something_else_is_no_manifest() {
        for (from, to) in [
            (KIND, "releases of soup"),
            ("\"stable\"", "\"beta\""),
            ("\"schema\": 1", "\"schema\": 2"),
            ("\"serial\": 7", "\"serial\": -7"),
            ("\"serial\": 7", "\"serial\": 99999999999999999999"),
            ("\"expires\"", "\"ends\""),
            ("1970-07-10", "1970-01-01"), // its end
        ] {
            let other = good().replace(from, to);
            assert_ne!(other, good(), "{from}");
            assert!(matches!(open(&signed(&other, 1)), Err(BadManifest::Malformed(_))), "{to}");
        }
    }

    #[test]
    fn it_is_good_for_its_time() {
        for (at, worth) in [
            (98, Freshness::SignedLater),
            (99, Freshness::Good), // by a clock that is a day behind
            (175, Freshness::Good),
            (176, Freshness::EndsSoon),
            (189, Freshness::EndsSoon),
            (190, Freshness::Expired),
            (9_000, Freshness::Expired),
        ] {
            assert_eq!(stamp().at(day(at)), worth, "day {at}");
        }
    }
}
