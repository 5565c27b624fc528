//! Opening, locking, migrating and backing up the database file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;

use crate::store::Keys;
use crate::store::migration::Migrator;
use crate::store::sqlite::checkpoint::Checkpoint;
use crate::store::sqlite::connect::{Role, connect};

/// Why the database could not be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has it.
    #[error(
        "another moss-server is using {0}; stop it first, or give this one its own database.path"
    )]
    InUse(PathBuf),
    /// A newer server has migrated it.
    #[error(
        "{path} was written by a newer moss-server (it has the migration {migration}); upgrade this one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration this build does not know.
        migration: String,
    },
    /// There is none yet.
    #[error("there is no database {0} yet; moss-server serve makes it")]
    Missing(PathBuf),
    /// An older server has made it.
    #[error(
        "{0} was made by an older moss-server; start this one once, which brings it up to date"
    )]
    Older(PathBuf),
    /// The folder or file cannot be used.
    #[error("cannot use {path}: {source}")]
    File {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It belongs to another program.
    #[error(
        "{0} is the database of another program, such as the original OpenMOSS; it was not touched: \
         give moss-server its own database.path"
    )]
    Foreign(PathBuf),
    /// The copy could not be written.
    #[error("the copy {target} cannot be written: {source}")]
    Backup {
        /// The copy.
        target: PathBuf,
        /// Why.
        source: DbErr,
    },
    /// The database refused.
    #[error("the database {path} cannot be opened: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DbErr,
    },
}

/// The open database.
pub struct Store {
    path: PathBuf,
    readers: DatabaseConnection,
    writing: DatabaseConnection,
    relaxed: DatabaseConnection,
    pub(in crate::store) keys: Keys,
    _lock: File,
}

impl Store {
    /// Opens the file, creating it and its folder when absent, locks it against a second server,
    /// and brings the schema up to date after a backup.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let file = |source| OpenError::File { path: path.to_owned(), source };
        let database = |source| OpenError::Database { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(file)?;
        }
        let lock = lock(path)?;
        let is_new = create_private(path).map_err(file)? == 0;
        if !is_new {
            refuse_foreign(path).await?;
        }
        let writing = connect(path, Role::Writer).await.map_err(database)?;
        migrate(&writing, path, is_new).await?;
        let readers = connect(path, Role::Reader).await.map_err(database)?;
        let relaxed = connect(path, Role::Relaxed).await.map_err(database)?;
        let (path, keys) = (path.to_owned(), Keys::default());
        Ok(Self { path, readers, writing, relaxed, keys, _lock: lock })
    }

    /// The connections that read.
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// The one connection that writes the work: its commits are on disk when they return.
    pub(crate) fn writing(&self) -> &DatabaseConnection {
        &self.writing
    }

    /// The connections that write what may be lost with the power.
    pub(crate) fn relaxed(&self) -> &DatabaseConnection {
        &self.relaxed
    }

    /// The remembered keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What copies the write-ahead log back into the database.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.relaxed.clone(), &self.path)
    }

    /// Closes the file. Whoever writes to it has stopped.
    pub async fn close(&self) {
        // The writer goes last: only a connection that may write empties the WAL when it closes.
        let _ = self.readers.close_by_ref().await;
        let _ = self.relaxed.close_by_ref().await;
        let _ = self.writing.close_by_ref().await;
    }
}

/// Opens the database at `path` for one write beside a running server. Nothing is created or
/// migrated; that is the server's.
///
/// # Errors
/// When it is not there, is not ours, or has not this build's schema.
pub(crate) async fn open_current(path: &Path) -> Result<DatabaseConnection, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    is_current(path).await?;
    let error = |source| OpenError::Database { path: path.to_owned(), source };
    connect(path, Role::Writer).await.map_err(error)
}

/// Writes a consistent copy of the database at `path` to `target`, also while a server runs.
///
/// # Errors
/// When `target` exists, or either file cannot be used.
pub async fn backup(path: &Path, target: &Path) -> Result<(), OpenError> {
    let file = |path: &Path, source| OpenError::File { path: path.to_owned(), source };
    std::fs::metadata(path).map_err(|e| file(path, e))?;
    if target.exists() {
        return Err(file(target, std::io::ErrorKind::AlreadyExists.into()));
    }
    let database = |source| OpenError::Database { path: path.to_owned(), source };
    // SQLite takes an empty file for a new one, and keeps it private.
    create_private(target).map_err(|e| file(target, e))?;
    let source = connect(path, Role::Reader).await.map_err(database)?;
    let copied = vacuum_into(&source, target).await;
    source.close().await.map_err(database)?;
    copied.map_err(|source| OpenError::Backup { target: target.to_owned(), source })
}

async fn vacuum_into(db: &DatabaseConnection, target: &Path) -> Result<(), DbErr> {
    let target = target.to_string_lossy().into_owned();
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), "VACUUM INTO ?", [target.into()]);
    db.execute_raw(statement).await.map(|_| ())
}

/// Makes the file, readable by its owner only, when it is not there. Answers its size in bytes.
fn create_private(path: &Path) -> std::io::Result<u64> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.metadata()?.len())
}

/// Looks, without writing, whether a file that has something in it is one of ours.
async fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let error = |source| OpenError::Database { path: path.to_owned(), source };
    let db = connect(path, Role::Reader).await.map_err(error)?;
    let sql = "SELECT COUNT(*) AS all_tables, COALESCE(SUM(name = 'seaql_migrations'), 0) AS ours \
               FROM sqlite_master WHERE type = 'table'";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.map_err(error)?;
    db.close().await.map_err(error)?;
    let count = |name: &str| row.as_ref().and_then(|row| row.try_get::<i64>("", name).ok());
    if count("all_tables").unwrap_or(0) > 0 && count("ours") == Some(0) {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    Ok(())
}

/// Looks, without writing, whether a file has exactly this build's schema.
///
/// # Errors
/// When it has another, or cannot be read.
async fn is_current(path: &Path) -> Result<(), OpenError> {
    refuse_foreign(path).await?;
    let error = |source| OpenError::Database { path: path.to_owned(), source };
    let db = connect(path, Role::Reader).await.map_err(error)?;
    let sql = "SELECT version FROM seaql_migrations";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    // An empty file, as a server leaves it that was killed in its first moment, has no such table.
    let rows = db.query_all_raw(statement).await.unwrap_or_default();
    db.close().await.map_err(error)?;
    let applied: Vec<String> =
        rows.iter().filter_map(|row| row.try_get("", "version").ok()).collect();
    if unapplied(path, &applied)?.is_empty() {
        Ok(())
    } else {
        Err(OpenError::Older(path.to_owned()))
    }
}

/// The migrations of this build that a file does not have yet.
fn unapplied(path: &Path, applied: &[String]) -> Result<Vec<String>, OpenError> {
    let mut known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(migration) = applied.iter().find(|name| !known.contains(name)) {
        return Err(OpenError::Newer { path: path.to_owned(), migration: migration.clone() });
    }
    known.retain(|name| !applied.contains(name));
    Ok(known)
}

/// An advisory lock beside the database, held as long as the server lives and freed by the
/// system when it dies. It lies beside the file itself, not beside a link to it.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let error = |source| OpenError::File { path: lock_path.clone(), source };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(error)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(error(source)),
    }
}

/// Brings the schema up to date, in one transaction a step, after a copy of a file that had data.
async fn migrate(db: &DatabaseConnection, path: &Path, is_new: bool) -> Result<(), OpenError> {
    let error = |source| OpenError::Database { path: path.to_owned(), source };
    let applied: Vec<String> = Migrator::get_migration_models(db)
        .await
        .map_err(error)?
        .into_iter()
        .map(|row| row.version)
        .collect();
    let unapplied = unapplied(path, &applied)?;
    let Some(last) = unapplied.last() else { return Ok(()) };
    if !is_new && !applied.is_empty() {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".before-{last}"));
        let copy = PathBuf::from(name);
        if !copy.exists() {
            vacuum_into(db, &copy).await.map_err(error)?;
        }
    }
    // All or nothing: a server killed half-way through finds the file as it was.
    let tx = db.begin().await.map_err(error)?;
    Migrator::up(&tx, None).await.map_err(error)?;
    tx.commit().await.map_err(error)
}
