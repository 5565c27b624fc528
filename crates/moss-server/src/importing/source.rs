//! The original's database, opened only to be read.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags, types::Value};

use crate::importing::values::Row;

/// The original's tables, each with the columns it cannot do without.
pub(super) const TABLES: [(&str, &[&str]); 10] = [
    ("agent", &["id", "name", "role", "api_key"]),
    ("task", &["id", "name", "status"]),
    ("module", &["id", "task_id", "name"]),
    ("sub_task", &["id", "task_id", "name", "status"]),
    ("review_record", &["id", "sub_task_id", "reviewer_agent", "result", "score"]),
    ("reward_log", &["id", "agent_id", "score_delta"]),
    ("activity_log", &["id", "agent_id", "action"]),
    ("rule", &["id", "scope", "content"]),
    ("patrol_record", &["id"]),
    ("request_log", &["id", "agent_id"]),
];

/// Of logged requests so many are read, the newest: the original keeps them for days only.
pub(super) const MOST_REQUESTS: usize = 100_000;
/// How long a writer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the original's database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is not there.
    #[error("there is no file {0}")]
    Missing(PathBuf),
    /// It is something else.
    #[error("{0} is no database of the original: {1}")]
    Other(PathBuf, String),
    /// It is one of ours.
    #[error("{0} is a database of moss-server already: there is nothing to take over")]
    Ours(PathBuf),
    /// Somebody writes to it.
    #[error("{0} is being written to: stop the original's server, then do it again")]
    InUse(PathBuf),
    /// It cannot be read.
    #[error("{0} cannot be read ({1}); nothing was changed")]
    Unreadable(PathBuf, String),
}

/// What it says, by table.
pub(super) type Tables = HashMap<&'static str, Vec<Row>>;

/// Whether a file is a database of the original. Nothing is waited for, and nothing made beside it: the
/// original keeps no log there.
pub fn is_original(path: &Path) -> bool {
    let name = utf8_percent_encode(&path.to_string_lossy(), NON_ALPHANUMERIC).to_string();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags);
    let Ok(there) = db.and_then(|db| tables(&db)) else { return false };
    there.contains("sub_task") && there.contains("agent") && !there.contains("seaql_migrations")
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    Ok(db)
}

fn tables(db: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    names.query_map([], |row| row.get(0))?.collect()
}

/// Reads all of it, in one state.
///
/// # Errors
/// See [`SourceError`].
pub(super) fn read(path: &Path) -> Result<Tables, SourceError> {
    if !path.is_file() {
        return Err(SourceError::Missing(path.to_owned()));
    }
    let failed = |error: rusqlite::Error| {
        let busy = matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        );
        match error.sqlite_error_code() {
            _ if busy => SourceError::InUse(path.to_owned()),
            Some(rusqlite::ErrorCode::NotADatabase) => {
                SourceError::Other(path.to_owned(), "it is no file of SQLite".to_owned())
            }
            Some(_) | None => SourceError::Unreadable(path.to_owned(), error.to_string()),
        }
    };
    let mut db = open(path).map_err(failed)?;
    let state = db.transaction().map_err(failed)?;
    let there = tables(&state).map_err(failed)?;
    if there.contains("seaql_migrations") {
        return Err(SourceError::Ours(path.to_owned()));
    }
    let missing: Vec<_> =
        TABLES.iter().map(|(name, _)| *name).filter(|name| !there.contains(*name)).collect();
    if !missing.is_empty() {
        let what = format!("it has no table {}", missing.join(", "));
        return Err(SourceError::Other(path.to_owned(), what));
    }
    let mut all = Tables::new();
    for (table, needed) in TABLES {
        let columns = columns(&state, table).map_err(failed)?;
        if let Some(column) = needed.iter().find(|column| !columns.iter().any(|it| it == *column)) {
            let what = format!("its table {table} has no column {column}");
            return Err(SourceError::Other(path.to_owned(), what));
        }
        all.insert(table, rows(&state, table, &columns).map_err(failed)?);
    }
    Ok(all)
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut info = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
    info.query_map([table], |row| row.get(0))?.collect()
}

/// In the order in which they came to be.
fn rows(db: &Connection, table: &str, columns: &[String]) -> rusqlite::Result<Vec<Row>> {
    let most = if table == "request_log" { MOST_REQUESTS } else { usize::MAX };
    // The last ones, turned round.
    let mut all = db.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY rowid DESC LIMIT ?1"))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let read = all.query_map([most], |row| {
        let value = |(at, name): (usize, &String)| Ok((name.clone(), row.get::<_, Value>(at)?));
        columns.iter().enumerate().map(value).collect::<rusqlite::Result<_>>().map(Row)
    })?;
    let mut rows: Vec<Row> = read.collect::<rusqlite::Result<_>>()?;
    rows.reverse();
    Ok(rows)
}
