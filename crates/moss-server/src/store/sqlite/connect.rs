//! Connections to the database file, by what they are for.

use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use sea_orm::DbErr;

use crate::store::Database;
use crate::store::sqlite::connections::told;
use crate::store::sqlite::database::Connections;

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

/// Most connections that read: more threads than these wait for each other, each for a statement.
const MAX_READERS: usize = 8;

impl Role {
    /// How many connections. Those that read are as many as the threads that ask.
    fn connections(self) -> usize {
        match self {
            Self::Writer | Self::Emptier | Self::Untouched => 1,
            Self::Relaxed => 2,
            Self::Reader => {
                let threads = std::thread::available_parallelism().map_or(2, usize::from);
                threads.clamp(2, MAX_READERS)
            }
        }
    }

    /// How long a statement waits for a lock that another connection has.
    const fn patience(self) -> Duration {
        match self {
            Self::Writer | Self::Relaxed | Self::Reader | Self::Untouched => PATIENCE,
            Self::Emptier => Duration::from_millis(250),
        }
    }

    /// The page cache of each in KiB: what is hot is in the system's cache anyway.
    const fn cache(self) -> u32 {
        match self {
            Self::Writer => 4_096,
            Self::Relaxed => 512,
            Self::Emptier => 64,
            Self::Reader | Self::Untouched => 1_024,
        }
    }
}

/// Prepared statements each connection keeps.
const STATEMENTS: usize = 80;

/// How long a statement waits for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the connections of a role to a file that is there.
pub(in crate::store) async fn connect(path: &Path, role: Role) -> Result<Database, DbErr> {
    let connections = (0..role.connections()).map(|_| open(path, role));
    let connections = connections.collect::<rusqlite::Result<_>>().map_err(told)?;
    Ok(Connections::of(role, connections).into())
}

fn open(path: &Path, role: Role) -> rusqlite::Result<Connection> {
    // Each is used by one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (write, read) = (OpenFlags::SQLITE_OPEN_READ_WRITE, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let connection = match role {
        Role::Writer | Role::Relaxed | Role::Emptier => {
            Connection::open_with_flags(path, flags | write)?
        }
        Role::Reader => Connection::open_with_flags(path, flags | read)?,
        Role::Untouched => {
            let flags = flags | read | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(untouched(path), flags)?
        }
    };
    connection.busy_timeout(role.patience())?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan does not depend on the values. Otherwise a statement is compiled again whenever it
    // is given others.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The log is not copied back inside a commit: see the checkpoints.
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = memory; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA cache_size = -{}",
        role.cache()
    ))?;
    match role {
        Role::Writer => {
            connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
        }
        Role::Relaxed | Role::Emptier => {
            connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
        }
        Role::Reader | Role::Untouched => {}
    }
    Ok(connection)
}

/// The file as SQLite is asked for it when nothing may be made beside it.
fn untouched(path: &Path) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    #[cfg(windows)]
    let path = format!("/{}", path.display().to_string().replace('\\', "/"));
    #[cfg(windows)]
    let bytes = path.as_bytes();
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    format!("file:{}?immutable=1", percent_encode(bytes, KEPT))
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;
    use tempfile::TempDir;

    use super::*;

    fn writer() -> (TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.db");
        std::fs::write(&path, "").unwrap();
        let connection = open(&path, Role::Writer).unwrap();
        (folder, connection)
    }

    /// What `.cargo/config.toml` says.
    #[test]
    fn connections_share_no_page_cache_and_count_no_memory() {
        let (_folder, connection) = writer();
        let mut options = connection.prepare("PRAGMA compile_options").unwrap();
        let options: rusqlite::Result<Vec<String>> =
            options.query_map([], |row| row.get(0)).unwrap().collect();
        let options = options.unwrap();
        assert!(options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()), "{options:?}");
        assert!(!options.contains(&"ENABLE_MEMORY_MANAGEMENT".to_owned()), "{options:?}");
    }

    #[test]
    fn a_statement_that_is_kept_is_compiled_once() {
        let (_folder, connection) = writer();
        connection.execute_batch("CREATE TABLE t (id text, n bigint)").unwrap();
        let mut kept = connection.prepare("SELECT n FROM t WHERE id = ? LIMIT ?").unwrap();
        for most in 1..10 {
            assert!(!kept.exists(("a", most)).unwrap());
        }
        assert_eq!(kept.get_status(StatementStatus::RePrepare), 0);
    }
}
