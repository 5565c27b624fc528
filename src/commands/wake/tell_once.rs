//! What a timer was told last, so that a server that stays down is not news every five minutes, nor
//! one that is back after a moment at all: `told` in the profile's folder, gone with the next
//! success, which is told too.

use std::path::PathBuf;

use moss_api::Exit;

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::profile::ProfileDir;
use crate::error::Error;
use crate::render::out::note;
use crate::system::files;

/// Ticks in a row at which a server that cannot be reached is told of.
const PATIENCE: u32 = 3;
/// Before the count of ticks that said nothing yet.
const WAITING: &str = " waiting ";

/// Whether nothing is to be said of the failure: it was said last time, or may pass by itself. It
/// counts as told from now on, unless that cannot be written down: then it is told every time.
pub fn already(global: &GlobalFlags, error: &Error) -> bool {
    let Ok(Some(active)) = ActiveProfile::find(global) else { return false };
    let path = path(&active.folder);
    let failure = format!("{} {}", error.exit().code(), error.code());
    let before = files::read(&path).unwrap_or_default();
    if before == failure {
        return true;
    }
    let waited = before.strip_prefix(&failure).and_then(|rest| rest.strip_prefix(WAITING));
    let ticks = waited.and_then(|ticks| ticks.parse().ok()).unwrap_or(0_u32).saturating_add(1);
    if error.exit() == Exit::Unreachable && ticks < PATIENCE {
        let state = format!("{failure}{WAITING}{ticks}");
        files::replace_lightly(&path, &state);
        return files::read(&path).is_ok_and(|written| written == state);
    }
    files::replace_lightly(&path, &failure);
    false
}

/// It is over: whoever was told of the failure is told of its end, and the next one is news.
pub fn over(folder: &ProfileDir) {
    let path = path(folder);
    let Ok(before) = files::read(&path) else { return };
    if files::remove(&path).is_ok() && !before.contains(WAITING) {
        note("it is over: moss works again");
    }
}

fn path(folder: &ProfileDir) -> PathBuf {
    folder.path().join("told")
}
