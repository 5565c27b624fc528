//! Whose signature counts here, and whether an archive has it.

use std::io::{Read, Seek};

use moss_api::release::ReleaseKeys;
use zipsign_api::verify::verify_tar;

use crate::error::Result;

use super::failed;

/// Refuses an archive that no release key has signed as `name`. The whole of it is covered but
/// for the signature itself.
///
/// # Errors
/// When there is no such signature, or the file cannot be read.
pub fn verify_archive(archive: &mut (impl Read + Seek), name: &str) -> Result<()> {
    let fits = verify_tar(archive, keys()?.as_slice(), Some(name.as_bytes()));
    fits.map(|_| ()).map_err(|_| {
        let message = format!("no release key has signed {name}: it may be forged");
        failed("bad_signature", message).hint("tell whoever runs the server; nothing was changed")
    })
}

/// The release keys.
///
/// # Errors
/// When this build has one that is none.
pub fn keys() -> Result<ReleaseKeys> {
    let keys = ReleaseKeys::compiled_in();
    #[cfg(debug_assertions)]
    let keys = std::env::var("MOSS_TEST_RELEASE_KEYS").map_or(keys, |test| test.parse());
    keys.map_err(|_| failed("bad_key", "a release key in this build is none"))
}
