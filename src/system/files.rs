//! Small files of ours: read with a limit, replaced whole.
//!
//! Every write goes to a temporary file first and is renamed over the old one, so a reader or a
//! crash never sees half a file.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::hints;
use crate::system::deadline;

const MAX_BYTES: u64 = 64 * 1024;
/// Longest wait for another process that holds a lock; it holds it for one request at most.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// The text of a file of at most 64 KiB.
///
/// # Errors
/// When it cannot be read, is longer, or is not UTF-8.
pub fn read(path: &Path) -> Result<String> {
    let file = open_at_once(path).map_err(|e| cannot("read", path, &e))?;
    let mut text = String::new();
    match file.take(MAX_BYTES + 1).read_to_string(&mut text) {
        Ok(bytes) if bytes as u64 > MAX_BYTES => {
            Err(Error::local(format!("{} is too large", shown(path))))
        }
        Ok(_) => Ok(text),
        Err(e) => Err(cannot("read", path, &e)),
    }
}

/// Opens a plain file; what stands in its place holds nobody up.
fn open_at_once(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(std::io::Error::other("it is no plain file"))
}

/// Makes a folder that only its owner may look into, and those above it that are missing.
///
/// # Errors
/// When one cannot be made.
pub fn make_private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| cannot("make", path, &e))
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// Its owner alone.
    Owner,
    /// Whoever could read the one before; for a new one, as the user's umask has it.
    AsBefore,
}

/// Replaces a file that only its owner may read, for good once it returns: also after a power
/// loss there is the old text or the new.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    replace_for(Readers::Owner, path, text)
}

/// The same for a file that is no secret: readable and executable by whom the old one was.
///
/// # Errors
/// When it cannot be written.
pub fn replace_openly(path: &Path, text: &str) -> Result<()> {
    replace_for(Readers::AsBefore, path, text)
}

fn replace_for(readers: Readers, path: &Path, text: &str) -> Result<()> {
    swap(readers, path, text, File::sync_all)?;
    // The new name is in the folder, which has to be on disk too. Not every system can sync one.
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Replaces a file without waiting for the disk. Failing to is no error: for what costs little
/// when it is lost.
pub fn replace_lightly(path: &Path, text: &str) {
    let _ = swap(Readers::Owner, path, text, |_| Ok(()));
}

fn swap(
    readers: Readers,
    path: &Path,
    text: &str,
    settle: impl FnOnce(&File) -> std::io::Result<()>,
) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = path.with_file_name(format!(".{name}.tmp{}", std::process::id()));
    let written = (|| {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = match options.open(&staged) {
            // Left behind by a process that had our number and was killed.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&staged)?;
                options.open(&staged)?
            }
            other => other?,
        };
        if readers == Readers::AsBefore
            && let Ok(meta) = fs::symlink_metadata(path)
        {
            file.set_permissions(meta.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        settle(&file)?;
        fs::rename(&staged, path)
    })();
    written.map_err(|e| {
        let _ = fs::remove_file(&staged);
        cannot("write", path, &e)
    })
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// When it is there and stays.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot("remove", path, &e)),
        _ => Ok(()),
    }
}

/// Waits for this file's lock, which ends with the value or the process.
///
/// # Errors
/// When it cannot be opened, or another process keeps it.
pub fn lock(path: &Path) -> Result<File> {
    let file = lock_file(path).map_err(|e| cannot_lock(path, &e))?;
    let patience = deadline::left().map_or(LOCK_PATIENCE, |left| left.min(LOCK_PATIENCE));
    let end = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(fs::TryLockError::WouldBlock) => {
                let message = format!("another moss is at work: {} is locked", shown(path));
                return Err(Error::new(Exit::Conflict, "busy", message).hint(hints::LOCKED));
            }
            // Some network file systems have no locks: two writers there are on their own.
            Err(fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
}

fn cannot_lock(path: &Path, error: &std::io::Error) -> Error {
    let failed = cannot("open", path, error);
    if path.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
        return failed.hint(hints::remove_lock(&path.to_string_lossy()));
    }
    failed
}

/// This file's lock, when it is to be had at once.
pub fn try_lock(path: &Path) -> Option<File> {
    let file = lock_file(path).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// A file to be locked. Nobody else may open it: a lock needs no more than that, and whoever holds
/// one keeps us waiting. What stands in its place holds nobody up.
///
/// # Errors
/// When it cannot be opened, or is a link to another or no plain file.
pub fn lock_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        // What a link leads to is not ours to close to others.
        options
            .mode(0o600)
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let file = match options.open(path) {
        Ok(file) if file.metadata()?.is_file() => file,
        Err(error) if !is_special(path) => return Err(error),
        Ok(_) | Err(_) => return Err(std::io::Error::other("it is no plain file")),
    };
    #[cfg(unix)]
    close_to_others(&file)?;
    Ok(file)
}

/// Whether a pipe or a device is in the way, which tells of itself in other words.
fn is_special(path: &Path) -> bool {
    let kind = path.symlink_metadata().map(|meta| meta.file_type());
    kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir() && !kind.is_symlink())
}

/// One that is there already may be open to all. Another user's stays as it is.
#[cfg(unix)]
fn close_to_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let meta = file.metadata()?;
    let is_ours = meta.uid() == rustix::process::geteuid().as_raw() && meta.nlink() == 1;
    if is_ours && meta.is_file() && meta.mode() & 0o077 != 0 {
        let _ = file.set_permissions(fs::Permissions::from_mode(0o600)); // some disks have no modes
    }
    Ok(())
}

/// A path as it is told: quoted where it holds more than paths do.
pub fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\:._-+@~%".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path.into_owned()
    } else {
        moss_api::quoted(&path)
    }
}

/// `cannot write /ws/.moss/key: Permission denied`
pub fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Error {
    let failed = Error::local(format!("cannot {what} {}: {error}", shown(path)));
    if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        failed.hint("run it as the user the agent runs as, in a folder that user may write")
    } else {
        failed
    }
}

/// The working directory.
///
/// # Errors
/// When it is gone.
pub fn here() -> Result<PathBuf> {
    std::env::current_dir().map_err(|e| {
        if e.kind() == ErrorKind::NotFound {
            Error::local("the folder you work in is gone").hint(hints::GO_ELSEWHERE)
        } else {
            Error::local(format!("cannot tell the working directory: {e}"))
        }
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_lock_is_closed_to_others_and_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let [new, open, other, link, twin] =
            ["new", "open", "other", "link", "twin"].map(|name| folder.path().join(name));
        for path in [&open, &other] {
            fs::write(path, "").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        symlink(&other, &link).unwrap();
        fs::hard_link(&other, &twin).unwrap();
        for path in [&new, &open] {
            drop(lock(path).unwrap());
            assert_eq!(mode(path), 0o600, "{path:?}");
        }
        assert!(lock(&link).is_err());
        drop(lock(&twin).unwrap());
        assert_eq!(mode(&other), 0o644, "it has another name, and may be anything");
    }
}
