//! Files about to be handed in: path, size and hash.

use std::io::Read;
use std::path::{Path, PathBuf};

use moss_api::{Artifact, MAX_ARTIFACTS};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::hints;
use crate::system::hash::hex;
use crate::system::{deadline, files, plain_file};

/// Size and hash of every file, under its absolute path, each once.
///
/// # Errors
/// When one is missing, unreadable or no plain file, or there is no time to read them all: nothing
/// is handed in then.
pub fn take(paths: &[PathBuf]) -> Result<Vec<Artifact>> {
    if paths.len() > MAX_ARTIFACTS {
        let message = format!("{} artifacts, at most {MAX_ARTIFACTS} are taken", paths.len());
        return Err(Error::refused(message).hint("pack them into one archive"));
    }
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let paths = paths.to_vec();
    deadline::within(move || take_each(&paths)).unwrap_or_else(|| {
        Err(Error::refused("there was no time to read the artifacts")
            .hint("nothing was submitted; give it longer, as in: --timeout 600"))
    })
}

/// A file that is named twice is one.
fn take_each(paths: &[PathBuf]) -> Result<Vec<Artifact>> {
    let mut taken: Vec<Artifact> = Vec::new();
    for path in paths {
        let artifact = take_one(path)?;
        if taken.iter().all(|before| before.path != artifact.path) {
            taken.push(artifact);
        }
    }
    Ok(taken)
}

fn take_one(path: &Path) -> Result<Artifact> {
    let refuse = |why: String| {
        Error::refused(format!("artifact {}: {why}", files::shown(path)))
            .hint("hand in plain files that exist; nothing was submitted")
    };
    let file = plain_file::open(path).map_err(|e| refuse(e.to_string()))?;
    let (size, sha256) = digest(file).map_err(|e| refuse(e.to_string()))?;
    let whole = path.canonicalize().map_err(|e| refuse(e.to_string()))?;
    let odd = |what: &str| refuse(format!("its path {what}")).hint(hints::RENAME_FILE);
    let Some(whole) = whole.to_str() else { return Err(odd("is not UTF-8")) };
    if whole.chars().any(char::is_control) {
        return Err(odd("has a line end or another control character"));
    }
    Ok(Artifact { path: whole.to_owned(), size, sha256, note: None })
}

/// How many bytes a source gives until its end, and their SHA-256.
///
/// # Errors
/// When it cannot be read.
pub fn digest(mut source: impl Read) -> std::io::Result<(i64, String)> {
    let mut hash = Sha256::new();
    let mut size = 0_i64;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        size = size.saturating_add(i64::try_from(read).unwrap_or(i64::MAX));
    }
    Ok((size, hex(&hash.finalize())))
}
