//! Plain files of ordinary file systems, and nothing else: a pipe or a device may hold up whoever
//! opens it or never end, and what the system answers in `/proc` is another thing each time.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Folders whose files are the system's answers to whoever reads them.
const SYSTEM: &[&str] = &["/proc", "/sys"];

/// What is at a path instead of a plain file, by what is known of it; none for a plain file.
///
/// # Errors
/// When where it leads cannot be found out.
pub fn oddity(path: &Path, meta: &Metadata) -> io::Result<Option<&'static str>> {
    let kind = meta.file_type();
    if kind.is_symlink() {
        return Ok(Some("it is a symbolic link"));
    }
    if kind.is_dir() {
        return Ok(Some("it is a folder"));
    }
    if !kind.is_file() {
        return Ok(Some(special(kind)));
    }
    let whole: PathBuf = path.canonicalize()?;
    let is_systems = |folder: &&str| whole.starts_with(folder) || is_mounted_with(meta, folder);
    Ok(SYSTEM.iter().any(is_systems).then_some("it is a file of the system"))
}

#[cfg(unix)]
fn special(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "it is a pipe"
    } else if kind.is_socket() {
        "it is a socket"
    } else {
        "it is a device"
    }
}

#[cfg(not(unix))]
fn special(_kind: std::fs::FileType) -> &'static str {
    "it is a device"
}

/// Whether it lies where the folder's own files lie: `/proc` may be mounted elsewhere once more.
#[cfg(unix)]
fn is_mounted_with(meta: &Metadata, folder: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = Path::new("/").metadata().map(|root| root.dev());
    let its = Path::new(folder).metadata().map(|its| its.dev());
    its.is_ok_and(|its| its == meta.dev() && root.is_ok_and(|root| root != its))
}

#[cfg(not(unix))]
fn is_mounted_with(_meta: &Metadata, _folder: &str) -> bool {
    false
}

/// Opens a file that somebody named, wherever links lead.
///
/// # Errors
/// When it cannot be opened, or is no plain file.
pub fn open(path: &Path) -> io::Result<File> {
    // A pipe's path leads to none that could be looked up.
    let meta = path.metadata()?;
    match oddity(path, &meta)? {
        Some(odd) => Err(io::Error::other(odd)),
        None => open_known(&path.canonicalize()?, &meta),
    }
}

/// Opens what was looked at, and nothing that has taken its place.
///
/// # Errors
/// When it cannot be opened, or is another.
pub fn open_known(path: &Path, meta: &Metadata) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let opened = file.metadata()?;
        if (opened.dev(), opened.ino()) != (meta.dev(), meta.ino()) {
            return Err(io::Error::other("it was replaced meanwhile"));
        }
    }
    #[cfg(not(unix))]
    let _ = meta;
    Ok(file)
}
