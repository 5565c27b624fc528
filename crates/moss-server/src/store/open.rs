//! Opening, locking, migrating and backing up the database file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::checkpoint::Checkpoints;
use super::keys::Keys;
use super::migration::Migrator;
use super::writer::Writer;
use crate::clock::Clock;
use crate::policy::Policy;

/// Connections that read. The page cache of each is small: what is hot is in the system's cache.
const READERS: u32 = 3;
const READER_CACHE_KIB: u32 = 1_024;
const WRITER_CACHE_KIB: u32 = 4_096;
/// Prepared statements each connection keeps.
const STATEMENTS: usize = 80;

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
    /// The folder or file cannot be used.
    #[error("cannot use {path}: {source}")]
    File {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
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

/// The open database. Dropping it without [`Store::close`] loses nothing that was answered.
pub struct Store {
    readers: DatabaseConnection,
    pub(super) writer: Writer,
    pub(super) keys: Keys,
    checkpoints: Checkpoints,
    _lock: File,
}

impl Store {
    /// Opens the file, creating it and its folder when absent, locks it against a second server,
    /// and brings the schema up to date after a backup.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: &Path, clock: Clock, policy: Policy) -> Result<Self, OpenError> {
        let file = |source| OpenError::File { path: path.to_owned(), source };
        let database = |source| OpenError::Database { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(file)?;
        }
        let lock = lock(path)?;
        let is_new = std::fs::metadata(path).map_or(true, |meta| meta.len() == 0);
        let writer = connect(path, Role::Writer).await.map_err(database)?;
        migrate(&writer, path, is_new).await?;
        let readers = connect(path, Role::Reader).await.map_err(database)?;
        let copier = connect(path, Role::Writer).await.map_err(database)?;
        let checkpoints = Checkpoints::start(copier, path);
        let keys = Keys::default();
        let writer = Writer::start(writer, clock, policy, keys.clone());
        Ok(Self { readers, writer, keys, checkpoints, _lock: lock })
    }

    /// The connections that read.
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Replaces the connections that read, so that a test can watch them.
    pub fn set_read(&mut self, readers: DatabaseConnection) {
        self.readers = readers;
    }

    /// Finishes what was accepted, then closes the file.
    pub async fn close(&self) {
        self.checkpoints.stop();
        // The writer goes last: only a connection that may write empties the WAL when it closes.
        let _ = self.readers.close_by_ref().await;
        self.writer.stop().await;
    }
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
    let error = |source| OpenError::Database { path: target.to_owned(), source };
    let source = connect(path, Role::Reader).await.map_err(error)?;
    vacuum_into(&source, target).await.map_err(error)?;
    source.close().await.map_err(error)
}

async fn vacuum_into(db: &DatabaseConnection, target: &Path) -> Result<(), DbErr> {
    let target = target.to_string_lossy().into_owned();
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), "VACUUM INTO ?", [target.into()]);
    db.execute_raw(statement).await.map(|_| ())
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

enum Role {
    Writer,
    Reader,
}

async fn connect(path: &Path, role: Role) -> Result<DatabaseConnection, DbErr> {
    use sea_orm::sqlx::Connection;
    use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    let (connections, cache) = match role {
        Role::Writer => (1, WRITER_CACHE_KIB),
        Role::Reader => (READERS, READER_CACHE_KIB),
    };
    let read_only = matches!(role, Role::Reader);
    options
        .max_connections(connections)
        .min_connections(connections)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |_| {
            SqliteConnectOptions::new()
                .filename(&path)
                .create_if_missing(!read_only)
                .read_only(read_only)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .statement_cache_capacity(STATEMENTS)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("temp_store", "memory")
                // Not inside a commit: see the checkpoints.
                .pragma("wal_autocheckpoint", "0")
        })
        // A full disk can end a transaction without the driver knowing, which then goes on in
        // savepoints that nobody commits. Such a connection is closed and another one opened.
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                let is_free = !connection.is_in_transaction();
                Box::pin(std::future::ready(Ok(is_free)))
            })
        });
    Database::connect(options).await
}

/// Brings the schema up to date, in one transaction a step, after a copy of a file that had data.
async fn migrate(db: &DatabaseConnection, path: &Path, is_new: bool) -> Result<(), OpenError> {
    let error = |source| OpenError::Database { path: path.to_owned(), source };
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied: Vec<String> = Migrator::get_migration_models(db)
        .await
        .map_err(error)?
        .into_iter()
        .map(|row| row.version)
        .collect();
    if let Some(migration) = applied.iter().find(|name| !known.contains(name)) {
        return Err(OpenError::Newer { path: path.to_owned(), migration: migration.clone() });
    }
    if applied.len() == known.len() {
        return Ok(());
    }
    if !is_new && !applied.is_empty() {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".before-{}", known.last().map_or("", String::as_str)));
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
