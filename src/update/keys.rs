//! Whose signature counts: two keys, one in use and one for the day it has to be replaced.

use std::io::{Read, Seek};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use moss_api::release::{Recall, Release, Version};
use zipsign_api::verify::verify_tar;
use zipsign_api::{PUBLIC_KEY_LENGTH, Signature, VerifyingKey};

use crate::error::Result;

use super::failed;

const COMPILED_IN: [&str; 2] =
    [include_str!("../../keys/release-current.pub"), include_str!("../../keys/release-next.pub")];

/// Refuses an archive that no release key has signed as `name`. The whole of it is covered but
/// for the signature itself.
///
/// # Errors
/// When there is no such signature, or the file cannot be read.
pub fn verify_archive(archive: &mut (impl Read + Seek), name: &str) -> Result<()> {
    let fits = verify_tar(archive, &keys()?, Some(name.as_bytes()));
    fits.map(|_| ()).map_err(|_| {
        let message = format!("no release key has signed {name}: it may be forged");
        failed("bad_signature", message).hint("tell whoever runs the server; nothing was changed")
    })
}

/// Whether a release key has recalled a release. What anybody else wrote into a manifest must not
/// move this program back to an older version.
pub fn has_recalled(release: &Release) -> bool {
    release.recalled.as_ref().is_some_and(|recall| is_genuine(release.version, recall))
}

fn is_genuine(version: Version, recall: &Recall) -> bool {
    let message = Recall::message(version, &recall.reason);
    let signature = BASE64_STANDARD.decode(&recall.signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    signature.is_some_and(|signature| {
        let by = |key: &VerifyingKey| key.verify_strict(message.as_bytes(), &signature).is_ok();
        keys().is_ok_and(|keys| keys.iter().any(by))
    })
}

/// The release keys.
///
/// # Errors
/// When this build has one that is none.
pub fn keys() -> Result<Vec<VerifyingKey>> {
    #[cfg(debug_assertions)]
    if let Ok(test) = std::env::var("MOSS_TEST_RELEASE_KEYS") {
        return test.split(',').map(key).collect();
    }
    COMPILED_IN.into_iter().map(key).collect()
}

fn key(text: &str) -> Result<VerifyingKey> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok();
    let bytes = bytes.and_then(|bytes| <[u8; PUBLIC_KEY_LENGTH]>::try_from(bytes).ok());
    bytes
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
        .ok_or_else(|| failed("bad_key", "a release key in this build is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_different_keys() {
        let keys = keys().unwrap();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1]);
        assert!(keys.iter().all(|key| !key.is_weak()));
    }

    #[test]
    fn what_is_no_signature_recalls_nothing() {
        for signature in ["", "!", "QUJD", &"A".repeat(88)] {
            let recall = Recall { reason: "r".into(), signature: signature.to_owned() };
            assert!(!is_genuine(Version::new(0, 1, 0), &recall), "{signature}");
        }
    }
}
