//! The first wake-up of a new program. It has asked the server on trial before it was put in its
//! place; what only breaks in earnest shows here, and is undone by the next wake-up.
//!
//! A file beside the program names the version that has still to prove itself. The first wake-up
//! adds that it has started, and holds the file's lock. Whoever comes to a good end removes it.
//! Whoever finds a start whose lock is free has found one that came to none.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::PathBuf;
use std::time::Duration;

use moss_api::Exit;

use crate::config::flags::GlobalFlags;
use crate::error::Result;
use crate::render::out::note;

use super::{InstallDir, Own, auto, swap, trial_wake};

const STARTED: &str = "started";
const MAX_BYTES: u64 = 100;
/// How long the server may take to answer the program before this one.
const PATIENCE: Duration = Duration::from_secs(5);

/// A wake-up that proves the program.
#[derive(Debug)]
pub struct First {
    marker: File,
    path: PathBuf,
    version: String,
}

/// What there is to do, for a program that has proved itself: nothing, found out by one file that
/// is not there. After a first wake-up that never ended, the program before this one is put back
/// and goes on in its place.
pub fn begin(global: &GlobalFlags) -> Option<First> {
    let own = Own::find().ok()?;
    let place = InstallDir::of(&own);
    let path = place.unproven();
    let mut marker = match OpenOptions::new().read(true).append(true).open(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return None,
        other => other.ok()?, // not ours to judge: whoever may replace the program will
    };
    let is_held = match marker.try_lock() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock) => true, // by another first wake-up
        Err(TryLockError::Error(_)) => return None, // no locks here: no telling who lives
    };
    let mut text = String::new();
    Read::by_ref(&mut marker).take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let mut words = text.split_whitespace();
    let version = words.next()?.to_owned();
    // Being installed by another process, or proved by one that was faster.
    if version != own.version.to_string() || !path.exists() {
        return None;
    }
    let has_started = words.next() == Some(STARTED);
    if has_started && !is_held {
        // What both cannot do is no fault of the new one.
        if trial_wake::wake(&place.prev(), global, PATIENCE).is_ok()
            && let Ok(back) = swap::retreat(&own)
        {
            note(&format!(
                "warning: moss {version} did not survive its first wake-up: moss {back} is back, \
                 and {version} is not tried again"
            ));
            note(&auto::go_on(&own).to_string());
        }
    }
    if !has_started && !is_held {
        writeln!(marker, "{STARTED}").ok()?;
    }
    Some(First { marker, path, version })
}

impl First {
    /// The wake-up came to its end.
    pub fn end(mut self, outcome: &Result<Exit>) {
        match outcome {
            // It is run again, better informed.
            Err(error) if error.is_unstable_server() => {
                let _ = self.marker.set_len(0).and_then(|()| self.marker.rewind());
                let _ = writeln!(self.marker, "{}", self.version);
            }
            // Ours, or the server's: the next one finds out.
            Err(error) if matches!(error.exit(), Exit::Fault | Exit::Usage) => {}
            Ok(_) | Err(_) => {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}
