//! The lock beside a database: held as long as a server lives, and freed by the system when it
//! dies. In it stands what the next start has to know of this one.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files;
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::stamp::Stamp;

/// Most that is read of it, in bytes.
const MAX_BYTES: u64 = 1_024;
/// How long a record is, filled up with blanks. It is written over the one before in one piece, and
/// the file is never empty in between: a server that dies half-way leaves the old or the new.
const RECORD_BYTES: usize = 128;
const RESTORING: &str = "restoring";

/// What stands in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Nothing is known.
    Empty,
    /// The log beside the database was written for a file with one of these stamps.
    LogOf(Vec<Stamp>),
    /// The database is being exchanged.
    Restoring,
}

impl Record {
    fn read(file: &mut File) -> std::io::Result<Self> {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0))?;
        // What is half written says nothing.
        if file.take(MAX_BYTES).read_to_string(&mut text).is_err() {
            return Ok(Self::Empty);
        }
        let text = text.trim_end();
        if text == RESTORING {
            return Ok(Self::Restoring);
        }
        let stamps: Option<Vec<Stamp>> = text.lines().map(Stamp::parse).collect();
        Ok(stamps.filter(|stamps| !stamps.is_empty()).map_or(Self::Empty, Self::LogOf))
    }

    fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::LogOf(stamps) => stamps.iter().map(|stamp| format!("{stamp}\n")).collect(),
            Self::Restoring => format!("{RESTORING}\n"),
        }
    }
}

/// The lock of a database, held.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Where the lock of a database lies: beside the file itself, not beside a link to it.
    pub(super) fn path_of(database: &Path) -> PathBuf {
        let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        files::with_suffix(&database, ".lock")
    }

    /// Takes the lock, unless somebody has it or could have it: whoever can open a file can lock
    /// it.
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = Self::path_of(database);
        let error = OpenError::file(&path);
        could_be_taken(database)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let file = options.open(&path).map_err(&error)?;
        #[cfg(unix)]
        keep_for_owner(&file, &path, database)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, path }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
            Err(TryLockError::Error(source)) => Err(error(source)),
        }
    }

    /// Gives it to whom the database belongs, or else its folder, so that the server can use it when
    /// somebody else has made it.
    pub(super) fn give_to_owner(&self, database: &Path) -> Result<(), OpenError> {
        files::keep_owner(owner_of(database), &self.path).map_err(OpenError::file(&self.path))
    }

    /// What stands in it.
    pub(super) fn record(&mut self) -> Result<Record, OpenError> {
        Record::read(&mut self.file).map_err(OpenError::file(&self.path))
    }

    /// Writes what is to stand in it; on disk when this returns.
    pub(super) fn write(&mut self, record: &Record) -> Result<(), OpenError> {
        let text = format!("{:<RECORD_BYTES$}", record.text());
        let mut write = || {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(text.as_bytes())?;
            self.file.set_len(text.len().try_into().unwrap_or(MAX_BYTES))?;
            self.file.sync_all()
        };
        write().map_err(OpenError::file(&self.path))
    }
}

/// What stands in the lock of a database, without taking it.
pub(super) fn peek(database: &Path) -> Record {
    let path = Lock::path_of(database);
    let file = files::must_be_regular(&path).and_then(|()| File::open(&path));
    file.and_then(|mut file| Record::read(&mut file)).unwrap_or(Record::Empty)
}

/// Whether the lock that is there, if one is, would be taken: nobody else has or could have made it.
///
/// # Errors
/// When it would not.
pub(super) fn could_be_taken(database: &Path) -> Result<(), OpenError> {
    let path = Lock::path_of(database);
    let meta = match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(OpenError::file(&path))?,
    };
    if meta.is_symlink() {
        let problem = "is a link, which leads to what may be another user's".to_owned();
        return Err(OpenError::Lock { path, problem });
    }
    #[cfg(unix)]
    must_be_ours(&meta, &path, database)?;
    Ok(())
}

/// Whoever runs the server has made it, or whose the database is, where that is root.
#[cfg(unix)]
fn must_be_ours(meta: &Metadata, path: &Path, database: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::MetadataExt;
    let refused = |problem: String| OpenError::Lock { path: path.to_owned(), problem };
    if !meta.is_file() {
        return Err(refused("is no plain file but somebody's".to_owned()));
    }
    let me = rustix::process::geteuid();
    let may_be = |user: u32| {
        let owner = || std::fs::metadata(owner_of(database)).map(|meta| meta.uid());
        user == me.as_raw() || me.is_root() && owner().is_ok_and(|owner| user == owner)
    };
    if !may_be(meta.uid()) {
        return Err(refused(format!("belongs to another user ({})", meta.uid())));
    }
    Ok(())
}

/// Nobody else may open the lock.
#[cfg(unix)]
fn keep_for_owner(file: &File, path: &Path, database: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt;
    let meta = file.metadata().map_err(OpenError::file(path))?;
    must_be_ours(&meta, path, database)?;
    if meta.permissions().mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(OpenError::file(path))?;
    }
    Ok(())
}

/// Whose a database is: its own, or while there is none its folder's.
fn owner_of(database: &Path) -> &Path {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    if database.exists() { database } else { folder.unwrap_or(Path::new(".")) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn nobody_else_can_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tasks.db");
        let path = folder.path().join("tasks.db.lock");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let lock = Lock::take(&database).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Lock::take(&database), Err(OpenError::InUse(_))));
        drop(lock);
        Lock::take(&database).unwrap();
    }

    #[test]
    fn what_is_not_the_servers_own_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tasks.db");
        let path = folder.path().join("tasks.db.lock");
        symlink(folder.path().join("elsewhere"), &path).unwrap();
        let refusal = Lock::take(&database).err().unwrap().to_string();
        assert!(refusal.contains("tasks.db.lock is a link"), "{refusal}");
        assert!(!folder.path().join("elsewhere").exists(), "it was followed");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(Lock::take(&database).is_err());
    }

    /// Only root can give a file away, and only root would be misled by one.
    #[test]
    fn root_takes_a_lock_of_its_own_and_of_the_databases_owner_only() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tasks.db");
        let path = folder.path().join("tasks.db.lock");
        fs::write(&path, "").unwrap();
        let give = |path: &Path, user| std::os::unix::fs::chown(path, Some(user), None).unwrap();
        give(&path, 1_234);
        let refusal = Lock::take(&database).err().unwrap().to_string();
        assert!(refusal.contains("belongs to another user (1234)"), "{refusal}");
        assert!(could_be_taken(&database).is_err());
        fs::write(&database, "").unwrap();
        give(&database, 1_234);
        Lock::take(&database).unwrap();
        give(&path, 0);
        Lock::take(&database).unwrap();
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tasks.db");
        let stamps = [Stamp { mark: 1, schema: 2 }, Stamp { mark: u32::MAX, schema: 0 }];
        let mut lock = Lock::take(&database).unwrap();
        assert_eq!(lock.record().unwrap(), Record::Empty);
        for record in [Record::LogOf(stamps.to_vec()), Record::Restoring, Record::Empty] {
            lock.write(&record).unwrap();
            assert_eq!((lock.record().unwrap(), peek(&database)), (record.clone(), record));
            let size = fs::metadata(folder.path().join("tasks.db.lock")).unwrap().len();
            assert_eq!(size, 128, "it is written over in one piece");
        }
        for torn in ["00000001 0000", "restor", "00000001 00000002\n0", "\u{0}\u{0}", "x"] {
            fs::write(folder.path().join("tasks.db.lock"), torn).unwrap();
            assert_eq!(lock.record().unwrap(), Record::Empty, "{torn:?}");
        }
    }
}
