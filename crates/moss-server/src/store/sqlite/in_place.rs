//! Whether the files of an open database still stand where they were when it was opened.
//!
//! A file that is removed or exchanged stays open, and takes writes that nobody finds again. Without
//! the lock that is held another server can start beside this one. They are looked at and never
//! opened: a process that closes a file loses every lock it has on it.

use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::files;
use crate::store::sqlite::lock::Lock;

/// What is said of a file of the database, and of its lock.
pub(crate) const FILE_GONE: &str =
    "a file of the database was removed or exchanged while the server runs";
pub(crate) const LOCK_GONE: &str =
    "the lock beside the database was removed or exchanged while the server runs";

/// The files as they were found, with what tells each from any other of its name.
#[derive(Debug)]
pub(crate) struct InPlace(Vec<(PathBuf, Identity, &'static str)>);

/// Device and number of a file.
#[cfg(unix)]
type Identity = (u64, u64);
/// What is open cannot be removed there.
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|_| ())
}

impl InPlace {
    /// Notes the files of a database that has just been opened.
    pub(super) fn note(database: &Path) -> Self {
        let file = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let beside = |suffix| (files::with_suffix(&file, suffix), FILE_GONE);
        let all = [
            (file.clone(), FILE_GONE),
            beside("-wal"),
            beside("-shm"),
            (Lock::path_of(database), LOCK_GONE),
        ];
        let noted = all.into_iter().filter_map(|(path, what)| {
            let identity = identity(&path)?;
            Some((path, identity, what))
        });
        Self(noted.collect())
    }

    /// Looks again.
    ///
    /// # Errors
    /// When one is another now, or is not there.
    pub(crate) fn look(&self) -> Result<(), DbErr> {
        match self.0.iter().find(|(path, noted, _)| identity(path) != Some(*noted)) {
            Some((path, _, what)) => Err(DbErr::Custom(format!("{what}: {}", path.display()))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn what_was_taken_away_is_missed_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tasks.db")).await.unwrap();
        let files = store.in_place().unwrap();
        files.look().unwrap();
        let away = folder.path().join("away");
        for name in ["tasks.db", "tasks.db-wal", "tasks.db-shm", "tasks.db.lock"] {
            let path = folder.path().join(name);
            fs::rename(&path, &away).unwrap();
            let missed = files.look().unwrap_err().to_string();
            assert!(missed.ends_with(&format!("/{name}")), "{missed}");
            fs::copy(&away, &path).unwrap();
            assert!(files.look().is_err(), "a copy of {name} is another file");
            fs::rename(&away, &path).unwrap();
            files.look().unwrap();
        }
    }
}
