//! One program takes the place of another. At no instant is there none: the old one has its
//! second name before the new one is renamed over the first.

use std::fs::{self, File};
use std::path::Path;

use moss_api::release::Version;

use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;

use super::choice::was_recalled;
use super::install_dir::{InstallDir, cannot_write};
use super::{Own, Seen, check_binary, failed, step};

/// Puts the program in `staged`, which must be on disk, into its place; the one before it becomes
/// `.prev`.
///
/// # Errors
/// When that cannot be done; then the one before is where it was.
pub fn put(place: &InstallDir, staged: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        second_name(&place.moss, &place.spare())
            .and_then(|()| fs::rename(place.spare(), place.prev()))
            .map_err(|e| cannot_write(&e))?;
        let _ = fs::remove_file(place.spare()); // stays when it was `.prev` already
        step("kept");
        fs::rename(staged, &place.moss).map_err(|e| cannot_write(&e))?;
    }
    // A program that runs can be renamed there, but not replaced.
    #[cfg(not(unix))]
    {
        let _ = fs::remove_file(place.prev());
        fs::rename(&place.moss, place.prev()).map_err(|e| cannot_write(&e))?;
        step("kept");
        if let Err(e) = fs::rename(staged, &place.moss) {
            let _ = fs::rename(place.prev(), &place.moss);
            return Err(cannot_write(&e));
        }
    }
    settle(place);
    step("placed");
    Ok(())
}

/// Goes back to the program before this one, which becomes `.prev` in its turn and, when it is the
/// newer of the two, is not installed again by itself.
///
/// # Errors
/// When there is none, it does not work, it was recalled, or it cannot be put in place.
pub fn roll_back(own: &Own) -> Result<Version> {
    let place = InstallDir::of(own);
    let prev = place.prev();
    if fs::symlink_metadata(&prev).is_err() {
        let message = format!("there is no {} to go back to", files::shown(&prev));
        return Err(failed("no_previous", message).hint(hints::UPDATE_TO_ANOTHER));
    }
    let Some(_lock) = place.lock()? else { return Err(busy()) };
    let version = version_before(&place)?;
    let swapped = second_name(&prev, &place.staged())
        .map_err(|e| cannot_write(&e))
        .and_then(|()| put(&place, &place.staged()));
    place.clear();
    swapped?;
    let _ = fs::remove_file(place.unproven());
    place.forgive(version);
    if own.version > version {
        place.remember_bad(own.version);
    }
    Ok(version)
}

/// The program before this one takes its place again, and this one is gone.
///
/// # Errors
/// When there is none that works, it was recalled, it cannot be put in place, or an update is under
/// way.
pub fn retreat(own: &Own) -> Result<Version> {
    let place = InstallDir::of(own);
    let Some(_lock) = place.lock()? else { return Err(busy()) };
    let prev = version_before(&place)?;
    fs::rename(place.prev(), &place.moss).map_err(|e| cannot_write(&e))?;
    settle(&place);
    place.remember_bad(own.version);
    let _ = fs::remove_file(place.unproven());
    Ok(prev)
}

/// The version of the program before this one, when that may run again.
fn version_before(place: &InstallDir) -> Result<Version> {
    let prev = place.prev();
    let version = check_binary::version_of(&prev).map_err(|why| {
        failed("no_previous", format!("the moss in {} {why}", files::shown(&prev)))
            .hint(hints::UPDATE_TO_ANOTHER)
    })?;
    match Seen::beside(place).recalled().get(&version) {
        Some(reason) => Err(was_recalled(version, reason)),
        None => Ok(version),
    }
}

/// The error of whoever came second.
fn busy() -> Error {
    failed("busy", "another moss is being updated here").hint("try again in a minute")
}

/// Gives a file a second name, or a second copy where files have only one.
fn second_name(file: &Path, name: &Path) -> std::io::Result<()> {
    let _ = fs::remove_file(name);
    if fs::hard_link(file, name).is_ok() {
        return Ok(());
    }
    fs::copy(file, name)?;
    File::open(name)?.sync_all()
}

/// Names are on disk only once their folder is. Not every system can sync one.
fn settle(place: &InstallDir) {
    if let Some(folder) = place.moss.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}
