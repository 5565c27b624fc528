//! Files a person may edit and we replace: nothing of theirs is lost.

use std::path::{Path, PathBuf};

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::edits::{self, Edits, Wrote};
use crate::render::out::note;
use crate::system::files;
use crate::system::hash::sha256;

/// Puts a text into a file of this path. The one before it is kept as `.prev`; one that somebody
/// edited as `.local`. Which is which is known by the hash of what was installed last, which the
/// [`record`] in `.moss/` (`folder`) holds.
///
/// # Errors
/// When a file cannot be read or written, or an edited one would be lost.
pub fn install(edits: &mut Edits, folder: &Path, path: &Path, text: &str) -> Result<Wrote> {
    let record = record(folder, path);
    if let Some(current) = edits::read(path)?.filter(|current| current != text) {
        if is_ours(folder, path)? {
            edits.put(&previous(path), &current)?;
        } else {
            keep_edited(edits, path, &current)?;
        }
    }
    let wrote = edits.put(path, text)?;
    edits.put(&record, &format!("{}\n", sha256(text)))?;
    Ok(wrote)
}

/// Whether a file is still as it was installed.
///
/// # Errors
/// When it or its hash cannot be read.
pub fn is_ours(folder: &Path, path: &Path) -> Result<bool> {
    let Some(current) = edits::read(path)? else { return Ok(false) };
    Ok(edits::read(&record(folder, path))?.is_some_and(|hash| hash.trim() == sha256(&current)))
}

/// Where the one before it is kept.
pub fn previous(path: &Path) -> PathBuf {
    beside(path, "prev")
}

/// The hash of what was installed as this file.
pub fn record(folder: &Path, path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    folder.join(format!("{name}.sha256"))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{ending}"))
}

fn keep_edited(edits: &mut Edits, path: &Path, edited: &str) -> Result<()> {
    let (name, local) =
        (files::shown(Path::new(path.file_name().unwrap_or_default())), beside(path, "local"));
    if edits::read(&local)?.is_some_and(|kept| kept != edited) {
        let message = format!("{name} was edited, and {} is there already", files::shown(&local));
        return Err(Error::new(Exit::Conflict, "edited", message).hint(hints::MOVE_ONE_AWAY));
    }
    edits.put(&local, edited)?;
    note(&format!("warning: {name} was edited; your text is kept in {}", files::shown(&local)));
    Ok(())
}
