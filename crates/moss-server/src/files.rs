//! Files that hold secrets or must never be half written: readable by their owner only, never
//! somebody else's, and in place by one rename that is on disk when it returns. And files that
//! others wrote, which are read without waiting for anybody.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The file beside `path` that has `suffix` at the end of its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether something stands there that is no regular file: a pipe or a device has no end, and makes
/// whoever reads it wait.
///
/// # Errors
/// That it does, or that it cannot be looked at.
pub fn must_be_regular(path: &Path) -> io::Result<()> {
    regular(&fs::metadata(path)?)
}

fn regular(found: &fs::Metadata) -> io::Result<()> {
    if found.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

/// The text of a regular file of at most `most` bytes. Nobody is waited for, whatever has been put
/// there.
///
/// # Errors
/// When it is none, has more, or cannot be read.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    // Before it is opened: to open a device may set it going.
    must_be_regular(path)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is over {most} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8 text"))
}

/// Makes a file that is not there yet, for its owner only. A link of that name is not followed.
///
/// # Errors
/// When something has that name, or it cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file that is not there yet, for its owner only.
///
/// # Errors
/// When something has that name, or it cannot be written.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_folder(path)
}

/// Puts `content` in the place of a file, for its owner only: whole or not at all. A link stays
/// one, and the file it leads to is replaced.
///
/// # Errors
/// When it cannot be written; then the file is as it was.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let staged = with_suffix(&path, ".new");
    // Left by a server that was killed, or put there by somebody who would like to read it.
    remove_if_there(&staged)?;
    let put = || {
        write_new(&staged, content)?;
        fs::rename(&staged, &path)?;
        sync_folder(&path)
    };
    put().inspect_err(|_| {
        let _ = fs::remove_file(&staged);
    })
}

/// Gives a new file to whom an old one belongs, or its folder, so that the server can go on with it
/// when somebody else has made it.
///
/// # Errors
/// When either cannot be looked at, or the new one cannot be given away.
pub fn keep_owner(old: &Path, new: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let meta = fs::metadata(old)?;
        if fs::metadata(new)?.uid() != meta.uid() {
            chown(new, Some(meta.uid()), Some(meta.gid()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (old, new);
    Ok(())
}

/// Removes a file, if there is one.
///
/// # Errors
/// When there is one that cannot be removed.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Puts what was made, renamed or removed in the folder of `path` on disk.
///
/// # Errors
/// When the folder cannot be opened or synced.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_who_waits_at_the_staged_file_reads_what_is_put_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        fs::write(&path, "old").unwrap();
        let staged = with_suffix(&path, ".new");
        fs::write(&staged, "").unwrap();
        fs::set_permissions(&staged, fs::Permissions::from_mode(0o666)).unwrap();
        let mut waiting = File::open(&staged).unwrap();
        replace(&path, b"secret").unwrap();
        let mut seen = String::new();
        waiting.read_to_string(&mut seen).unwrap();
        assert_eq!((seen.as_str(), mode(&path)), ("", 0o600));
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret");
        assert!(!staged.exists());
    }

    #[test]
    fn a_link_in_the_staged_files_place_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("config.yaml"), folder.path().join("other"));
        fs::write(&path, "old").unwrap();
        fs::write(&other, "other's").unwrap();
        symlink(&other, with_suffix(&path, ".new")).unwrap();
        replace(&path, b"secret").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "other's");
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret");
    }

    #[test]
    fn a_link_to_the_file_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.yaml"), folder.path().join("config.yaml"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[test]
    fn only_regular_files_of_some_size_are_read_and_nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe) = (folder.path().join("file"), folder.path().join("pipe"));
        fs::write(&file, "12345").unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
        assert_eq!(read_text(&file, 5).unwrap(), "12345");
        assert_eq!(read_text(&file, 4).unwrap_err().to_string(), "it is over 4 bytes");
        for other in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            let problem = read_text(other, 5).unwrap_err().to_string();
            assert_eq!(problem, "it is no regular file", "{other:?}");
        }
        let missing = read_text(&folder.path().join("no"), 5).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
