//! The failure a timer was told last, so that a server that stays down is not news every five
//! minutes: `told` in the profile's folder, gone with the next success.

use std::path::PathBuf;

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::profile::ProfileDir;
use crate::error::Error;
use crate::system::files;

/// Whether the failure is the one that was told last. It counts as told from now on, unless that
/// cannot be written down: then it is told every time.
pub fn already(global: &GlobalFlags, error: &Error) -> bool {
    let Ok(Some(active)) = ActiveProfile::find(global) else { return false };
    let path = path(&active.folder);
    let failure = format!("{} {}", error.exit().code(), error.code());
    if files::read(&path).is_ok_and(|told| told == failure) {
        return true;
    }
    files::replace_lightly(&path, &failure);
    false
}

/// It is over: the next failure is news.
pub fn over(folder: &ProfileDir) {
    let _ = files::remove(&path(folder));
}

fn path(folder: &ProfileDir) -> PathBuf {
    folder.path().join("told")
}
