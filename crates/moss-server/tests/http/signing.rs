//! Manifests, signed as releases are.

use ed25519_dalek::{Signer, SigningKey};
use moss_api::release::{Manifest, ReleaseKeys, Stamp, payload, seal};
use serde_json::{Value, json};

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// What the server of a test believes.
pub fn keys() -> ReleaseKeys {
    ReleaseKeys::new(vec![key(1).verifying_key()])
}

/// Good for the 90 days from 2026-11-01, by the key of this number.
pub fn manifest_by(number: u8, minimum: &str, releases: &[Value]) -> String {
    let manifest =
        json!({ "schema": 1, "channel": "stable", "minimum": minimum, "releases": releases });
    let manifest = Manifest::parse(manifest.to_string().as_bytes()).unwrap();
    let [signed, expires] =
        ["2026-11-01T00:00:00Z", "2027-01-30T00:00:00Z"].map(|at| at.parse().unwrap());
    let text = payload(&manifest, &Stamp { serial: 1, signed, expires }).unwrap();
    let signature = key(number).sign(text.as_bytes()).to_bytes();
    seal(&text, &signature)
}

/// By the key that counts.
pub fn manifest(minimum: &str, releases: &[Value]) -> String {
    manifest_by(1, minimum, releases)
}
