//! Files handed in: what they were, and whether they still are.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use moss_api::{Artifact, MAX_ARTIFACTS};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::system::files;

/// What became of a file since it was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There, and the same.
    Present,
    /// There, and another.
    Changed,
    /// Not there, or not readable here.
    Missing,
}

impl Presence {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Changed => "changed",
            Self::Missing => "missing",
        }
    }
}

/// Size and hash of every file, under its absolute path.
///
/// # Errors
/// When one is missing, unreadable or no file: nothing is handed in then.
pub fn take(paths: &[PathBuf]) -> Result<Vec<Artifact>> {
    if paths.len() > MAX_ARTIFACTS {
        let message = format!("{} artifacts, at most {MAX_ARTIFACTS} are taken", paths.len());
        return Err(Error::refused(message).hint("pack them into one archive"));
    }
    paths.iter().map(|path| take_one(path)).collect()
}

fn take_one(path: &Path) -> Result<Artifact> {
    let refuse = |why: String| {
        Error::refused(format!("artifact {}: {why}", files::shown(path)))
            .hint("hand in files that exist; nothing was submitted")
    };
    let whole = path.canonicalize().map_err(|e| refuse(e.to_string()))?;
    if !whole.is_file() {
        return Err(refuse("is no file".into()));
    }
    let (size, sha256) = digest(&whole).map_err(|e| refuse(e.to_string()))?;
    match whole.to_str() {
        Some(path) => Ok(Artifact { path: path.to_owned(), size, sha256, note: None }),
        None => Err(refuse("its path is not UTF-8".into())),
    }
}

/// Looks for a file that was handed in, by another agent and perhaps on another machine.
pub fn check(artifact: &Artifact) -> Presence {
    let path = Path::new(&artifact.path);
    // Only what `submit` records: never a device, a pipe, or a path relative to who knows what.
    if !path.is_absolute() || !path.is_file() {
        return Presence::Missing;
    }
    let same_size = path.metadata().is_ok_and(|m| i64::try_from(m.len()) == Ok(artifact.size));
    if !same_size {
        return Presence::Changed;
    }
    match digest(path) {
        Ok((_, sha256)) if sha256 == artifact.sha256 => Presence::Present,
        Ok(_) => Presence::Changed,
        Err(_) => Presence::Missing,
    }
}

fn digest(path: &Path) -> std::io::Result<(i64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut size = 0_i64;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        size = size.saturating_add(i64::try_from(read).unwrap_or(i64::MAX));
    }
    let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((size, hex))
}
