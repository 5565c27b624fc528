//! The failure a timer was told last, so that a server that stays down is not news every five
//! minutes: `.moss/told`, gone with the next success.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::folder::Folder;

const MAX_BYTES: u64 = 200;

/// Whether the failure is the one that was told last. It counts as told from now on, unless that
/// cannot be written down: then it is told every time.
pub fn already(error: &Error) -> bool {
    let Some(path) = path() else { return false };
    let failure = format!("{} {}", error.exit().code(), error.code().unwrap_or_default());
    if last(&path).is_some_and(|told| told == failure) {
        return true;
    }
    let _ = fs::remove_file(&path); // whatever else lies there: nothing is written through a link
    let _ = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, failure.as_bytes()));
    false
}

/// It is over: the next failure is news.
pub fn over() {
    if let Some(path) = path() {
        let _ = fs::remove_file(path);
    }
}

fn path() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    Some(Folder::find(&here)?.path().join("told"))
}

fn last(path: &Path) -> Option<String> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}
