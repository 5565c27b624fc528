//! Manifests of releases as they are handed out, written by hand: what reads them is under test.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

/// What makes a manifest new or old.
#[derive(Clone, Copy)]
pub struct Stamp {
    pub serial: u64,
    /// Days from now; those behind us are negative.
    pub signed: i64,
    pub expires: i64,
}

/// Of this serial, and good for three months.
pub const fn serial(serial: u64) -> Stamp {
    Stamp { serial, signed: 0, expires: 90 }
}

/// A key that is the same in every run.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// Public keys as `MOSS_TEST_RELEASE_KEYS` takes them.
pub fn public(keys: &[SigningKey]) -> String {
    let texts: Vec<_> =
        keys.iter().map(|key| BASE64_STANDARD.encode(key.verifying_key().as_bytes())).collect();
    texts.join(",")
}

/// So many days from now, to the second.
pub fn day(days: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seconds = i64::try_from(now.as_secs()).unwrap() + days * 24 * 60 * 60;
    moss_api::Timestamp::from_micros(seconds * 1_000_000).to_string()
}

/// What is signed of these releases.
pub fn payload(stamp: Stamp, minimum: &str, releases: &[Value]) -> Value {
    json!({
        "kind": "releases of moss", "serial": stamp.serial, "signed": day(stamp.signed),
        "expires": day(stamp.expires), "schema": 1, "channel": "stable", "minimum": minimum,
        "releases": releases
    })
}

/// A text as it is handed out, signed by this key whatever it says.
pub fn seal(text: &str, key: &SigningKey) -> String {
    let signature = BASE64_STANDARD.encode(key.sign(text.as_bytes()).to_bytes());
    format!("{{\"signed\":\n{text},\"signature\":\"{signature}\"}}\n")
}
