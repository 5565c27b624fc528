//! Going back to a backup: checked first, put in place by one rename, and what was there is kept
//! with its log.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::store::Database;
use crate::store::sqlite::backup::{put_on_disk, vacuum_into};
use crate::store::sqlite::connect::{Role, connect};
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::lock::{Lock, Record};
use crate::store::sqlite::schema::{Depth, check, is_ours, missing_migrations};
use crate::store::sqlite::stamp::{self, log_of};

/// What a restore has done.
#[derive(Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where that lies now which was in its place.
    pub kept: Vec<PathBuf>,
    /// Whether the backup was the database itself, which stays.
    pub is_itself: bool,
}

/// Puts a copy of `backup` in the place of the database at `path`, which no server may be using.
/// If `backup` is that database itself, it stays, and only a log that was left beside it goes.
/// `word` tells what is kept from what was kept before.
///
/// # Errors
/// When a server runs, when the backup is damaged or not ours, or a file cannot be used. The
/// database is then as it was, or refuses to be used until the restore is done again.
pub async fn restore(path: &Path, backup: &Path, word: &str) -> Result<Restored, OpenError> {
    files::must_be_regular(backup).map_err(OpenError::file(backup))?;
    stamp::must_be_file(path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(OpenError::file(folder))?;
    }
    let mut lock = Lock::take(path)?;
    // Links lead to the file that is really used, and stay.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    lock.give_to_owner(path)?;
    let is_itself = fs::canonicalize(backup).is_ok_and(|backup| backup == *path);
    let staged = files::with_suffix(path, ".restoring");
    let kept = files::with_suffix(path, &format!(".{word}"));
    let kept_log = files::with_suffix(&kept, "-wal");
    if let Some(taken) = [&kept, &kept_log].into_iter().find(|file| file.exists()) {
        return Err(OpenError::file(taken)(std::io::ErrorKind::AlreadyExists.into()));
    }
    if is_itself {
        let db = connect(path, Role::Untouched).await.map_err(OpenError::database(backup))?;
        closed_after(db, async |db| is_good(db, backup).await).await?;
    } else {
        files::remove_if_there(&staged).map_err(OpenError::file(&staged))?;
        stage(backup, &staged).await.inspect_err(|_| {
            let _ = fs::remove_file(&staged);
        })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let owner = if path.exists() { path } else { folder };
        files::keep_owner(owner, &staged).map_err(OpenError::file(&staged))?;
    }

    // From here on a server does not start until all of it is done.
    lock.write(&Record::Restoring)?;
    let mut moved = Vec::new();
    let file = |path: &Path| OpenError::file(path);
    let log = log_of(path);
    if log.exists() {
        fs::rename(&log, &kept_log).map_err(file(&log))?;
        moved.push(kept_log);
    }
    let index = files::with_suffix(path, "-shm");
    files::remove_if_there(&index).map_err(file(&index))?;
    if !is_itself {
        if path.exists() {
            fs::rename(path, &kept).map_err(file(path))?;
            moved.insert(0, kept);
        }
        fs::rename(&staged, path).map_err(file(path))?;
    }
    files::sync_folder(path).map_err(file(path))?;
    lock.write(&Record::Empty)?;
    Ok(Restored { kept: moved, is_itself })
}

/// Copies a backup, with the log beside it if it has one of its own, after looking whether it is
/// good.
async fn stage(backup: &Path, target: &Path) -> Result<(), OpenError> {
    let has_log = fs::metadata(log_of(backup)).is_ok_and(|meta| meta.len() > 0);
    let role = if has_log { Role::Reader } else { Role::Untouched };
    let error = OpenError::database(backup);
    let source = connect(backup, role).await.map_err(&error)?;
    files::create_private(target).map_err(OpenError::file(target))?;
    closed_after(source, async |source| {
        is_good(source, backup).await?;
        vacuum_into(source, target).await.map_err(&error)
    })
    .await?;
    let copy = connect(target, Role::Untouched).await.map_err(OpenError::database(target))?;
    closed_after(copy, async |copy| check(copy, target, Depth::Quick).await).await?;
    put_on_disk(target).map_err(OpenError::file(target))
}

/// Looks whether a database is whole, ours, and not newer than this build.
async fn is_good(db: &Database, path: &Path) -> Result<(), OpenError> {
    check(db, path, Depth::Full).await?;
    if !is_ours(db, path).await? {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    missing_migrations(db, path).await.map(drop)
}

/// Closes a database after this was done with it, well or not.
async fn closed_after<T>(
    db: Database,
    what: impl AsyncFnOnce(&Database) -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let done = what(&db).await;
    let _ = db.close().await;
    done
}
