//! Connections to the database file, by what they are for.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Role {
    /// The one that writes: a commit is on disk when it returns.
    Writer,
    /// Writes what may be lost with the power, and copies the log back: commits without an fsync.
    /// The next commit of the writer covers what it appended.
    Relaxed,
    /// Empties the log, and gives up soon when readers hold it: the writer waits meanwhile.
    Emptier,
    /// Reads, several at once.
    Reader,
    /// Reads the file as it is, without its log, and leaves no trace of having been there.
    Untouched,
}

impl Role {
    /// How long a connection waits for a lock that another has.
    const fn patience(self) -> Duration {
        match self {
            Self::Writer | Self::Relaxed | Self::Reader | Self::Untouched => Duration::from_secs(5),
            Self::Emptier => Duration::from_millis(250),
        }
    }

    /// How many connections, and the page cache of each in KiB: what is hot is in the system's
    /// cache anyway.
    const fn size(self) -> (u32, u32) {
        match self {
            Self::Writer => (1, 4_096),
            Self::Relaxed => (2, 512),
            Self::Emptier => (1, 64),
            Self::Reader => (2, 1_024),
            Self::Untouched => (1, 1_024),
        }
    }
}

/// Prepared statements each connection keeps.
const STATEMENTS: usize = 80;

/// Target of the log in which every statement is told, without its values, at level trace. It is
/// asked for before the database is opened, and costs nothing otherwise.
const STATEMENT_LOG: &str = "moss_server::sql";

/// Opens the connections of a role.
pub(in crate::store) async fn connect(
    path: &Path,
    role: Role,
) -> Result<DatabaseConnection, DbErr> {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    let (connections, cache) = role.size();
    options
        .max_connections(connections)
        .min_connections(connections)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |_| {
            let options = SqliteConnectOptions::new()
                .filename(&path)
                .busy_timeout(role.patience())
                .statement_cache_capacity(STATEMENTS)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("temp_store", "memory")
                // Not inside a commit: see the checkpoints.
                .pragma("wal_autocheckpoint", "0");
            match role {
                Role::Writer => options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full),
                Role::Relaxed | Role::Emptier => options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal),
                Role::Reader => options.read_only(true),
                Role::Untouched => options.read_only(true).immutable(true),
            }
        })
        // A full disk can end a transaction without the driver knowing, which then goes on in
        // savepoints that nobody commits. Such a connection is closed and another one opened.
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                let is_free = !connection.is_in_transaction();
                Box::pin(std::future::ready(Ok(is_free)))
            })
        });
    let mut db = Database::connect(options).await?;
    log_statements(&mut db, role);
    Ok(db)
}

fn log_statements(db: &mut DatabaseConnection, role: Role) {
    if tracing::enabled!(target: STATEMENT_LOG, tracing::Level::TRACE) {
        db.set_metric_callback(move |info| {
            let (sql, took) = (info.statement.sql.as_str(), info.elapsed);
            tracing::trace!(target: STATEMENT_LOG, ?role, sql, ?took);
        });
    }
}
