//! Opening the database: locked against a second server, checked where that is due, and brought up
//! to date.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::Database;
use crate::store::open::Opened;
use crate::store::sqlite::checkpoint::{Checkpoint, Copied, LogLimit};
use crate::store::sqlite::connect::{Role, connect};
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::in_place::InPlace;
use crate::store::sqlite::lock::{Lock, could_be_taken, peek};
use crate::store::sqlite::schema::{Depth, check, is_ours, migrate, missing_migrations};
use crate::store::sqlite::stamp::{self, Found};

/// An open file, and what is only a file's.
pub(in crate::store) struct File {
    path: PathBuf,
    emptier: Database,
    copied: Copied,
    in_place: Arc<InPlace>,
    _lock: Lock,
}

/// Opens the file, creating it and its folder when absent, locks it against a second server, looks it
/// through when the last one was killed, and brings the schema up to date after a backup.
///
/// # Errors
/// See [`OpenError`].
pub(in crate::store) async fn open(path: &Path) -> Result<(Opened, File), OpenError> {
    let (file, database) = (OpenError::file(path), OpenError::database(path));
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(&file)?;
    }
    stamp::must_be_file(path)?;
    let mut lock = Lock::take(path)?;
    let found = stamp::judge(path, &lock.record()?)?;
    let is_new = create_private(path).map_err(&file)? == 0;
    if !is_new {
        refuse_foreign(path).await?;
    }
    let before = stamp::Stamp::of(path).map_err(&file)?;
    if found == Found::ToBeChecked {
        tracing::info!("{} was not closed; it is looked through", path.display());
        look_through(path, Depth::Quick).await?;
    }
    let writing = connect(path, Role::Writer).await.map_err(&database)?;
    migrate(&writing, path, is_new).await?;
    stamp::mark(&writing, path, before, &mut lock).await?;
    let readers = connect(path, Role::Reader).await.map_err(&database)?;
    let relaxed = connect(path, Role::Relaxed).await.map_err(&database)?;
    let emptier = connect(path, Role::Emptier).await.map_err(&database)?;
    let in_place = Arc::new(InPlace::note(path));
    let file =
        File { path: path.to_owned(), emptier, copied: Copied::default(), in_place, _lock: lock };
    Ok((Opened { readers, writing, relaxed, writers: 1 }, file))
}

impl File {
    /// Where its files were.
    pub(in crate::store) fn in_place(&self) -> Arc<InPlace> {
        self.in_place.clone()
    }

    /// What copies the write-ahead log back into the database.
    pub(in crate::store) fn checkpoint(&self, relaxed: &Database) -> Checkpoint {
        Checkpoint::new(relaxed.clone(), stamp::log_of(&self.path), self.copied.clone())
    }

    /// What empties the write-ahead log when it became too large.
    pub(in crate::store) fn log_limit(&self) -> LogLimit {
        LogLimit::new(self.emptier.clone(), stamp::log_of(&self.path), self.copied.clone())
    }

    /// Looks whether all of it is whole, over a connection that remembers nothing.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when it is not.
    pub(in crate::store) async fn look_through(&self) -> Result<(), OpenError> {
        look_through(&self.path, Depth::Full).await
    }

    /// Closes what is only a file's.
    pub(in crate::store) async fn close(&self) {
        let _ = self.emptier.close().await;
    }
}

/// Opens the database at `path` for one write beside a running server. Nothing is created or
/// migrated; that is the server's.
///
/// # Errors
/// When it is not there, is not ours, or has not this build's schema.
pub(in crate::store) async fn open_current(path: &Path) -> Result<Database, OpenError> {
    stamp::judge(path, &peek(path))?;
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    let error = OpenError::database(path);
    let db = connect(path, Role::Reader).await.map_err(&error)?;
    is_ours(&db, path).await?;
    let missing = missing_migrations(&db, path).await?;
    db.close().await.map_err(&error)?;
    if !missing.is_empty() {
        return Err(OpenError::Older(path.to_owned()));
    }
    connect(path, Role::Writer).await.map_err(error)
}

/// Looks what a start would find at `path`, and touches nothing: whether there is a database.
///
/// # Errors
/// When a start would be refused because of it.
pub(in crate::store) async fn look(path: &Path) -> Result<bool, OpenError> {
    could_be_taken(path)?;
    // Also where there is no file: a restore may have been half done.
    stamp::judge(path, &peek(path))?;
    if !path.exists() {
        return Ok(false);
    }
    let db = connect(path, Role::Untouched).await.map_err(OpenError::database(path))?;
    let there = is_ours(&db, path).await?;
    missing_migrations(&db, path).await?;
    db.close().await.map_err(OpenError::database(path))?;
    Ok(there)
}

/// Opens a file that [`look`] has found, over a connection that leaves it untouched.
///
/// # Errors
/// See [`OpenError`].
pub(in crate::store) async fn look_into(path: &Path) -> Result<Option<Database>, OpenError> {
    let db = connect(path, Role::Untouched).await.map_err(OpenError::database(path))?;
    Ok(missing_migrations(&db, path).await?.is_empty().then_some(db))
}

/// Makes the file, readable by its owner only, when it is not there. Answers its size in bytes.
fn create_private(path: &Path) -> std::io::Result<u64> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.metadata()?.len())
}

/// Looks whether a database is whole, over a connection of its own that only reads: one that may
/// write would put the log into the file when it closes, and a file that was copied there by hand
/// would be gone.
async fn look_through(path: &Path, depth: Depth) -> Result<(), OpenError> {
    let db = connect(path, Role::Reader).await.map_err(OpenError::database(path))?;
    let checked = check(&db, path, depth).await;
    let _ = db.close().await;
    checked
}

async fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let error = OpenError::database(path);
    let db = connect(path, Role::Reader).await.map_err(&error)?;
    is_ours(&db, path).await?;
    db.close().await.map_err(error)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use std::path::Path;

    use super::look;
    use crate::store::Store;

    /// A process that closes a file loses every lock it has on it. Others would then take the
    /// database for nobody's, and remove its log.
    #[tokio::test]
    async fn others_see_that_the_database_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasks.db");
        for _ in ["new", "again"] {
            let store = Store::open(&path).await.unwrap();
            let inode = format!(":{} ", std::fs::metadata(&path).unwrap().ino());
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            assert!(locks.lines().any(|line| line.contains(&inode)), "{locks}");
            store.close().await;
        }
    }

    #[tokio::test]
    async fn a_device_is_no_database() {
        let null = Path::new("/dev/null");
        for refused in [look(null).await.err(), Store::open(null).await.err()] {
            let refused = refused.unwrap().to_string();
            assert_eq!(refused, "cannot use /dev/null: it is no regular file");
        }
        assert!(!Path::new("/dev/null.lock").exists());
    }

    /// What is looked at is refused as what is opened.
    #[tokio::test]
    async fn what_a_start_would_refuse_is_seen_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasks.db");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let lock = folder.path().join("tasks.db.lock");
        rustix::fs::mkfifoat(rustix::fs::CWD, &lock, mode).unwrap();
        for (path, what) in [
            (path.as_path(), "tasks.db.lock is no plain file but somebody's"),
            (&folder.path().join("data/"), "data/: it names a folder"),
        ] {
            let looked = look(path).await.err().unwrap().to_string();
            assert!(looked.contains(what), "{looked}");
            assert_eq!(Store::open(path).await.err().unwrap().to_string(), looked);
        }
    }
}
