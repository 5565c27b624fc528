//! Which write-ahead log belongs to which database file.
//!
//! SQLite puts any log that is whole in itself on top of any file of the right name. A backup that
//! is copied over a database whose server was killed would so be corrupted, and silently. Therefore
//! every start marks the file by a random `user_version`, copies that into the file itself, and
//! notes it in the lock. The schema's number goes with it: SQLite counts it up in every copy it
//! makes, so that a copy is told from the file it was made of.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::files;
use crate::store::Database;
use crate::store::sqlite::checkpoint::emptied;
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::lock::{Lock, Record};

/// What the first bytes of every SQLite file are.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What tells a database file from its copies and from its earlier selves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Its `user_version`.
    pub mark: u32,
    /// Its `schema_version`.
    pub schema: u32,
}

impl Stamp {
    /// That of a file, without its log; none of what is no SQLite file.
    pub(super) fn of(path: &Path) -> std::io::Result<Option<Self>> {
        let mut head = [0; 100];
        match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) =>
            {
                return Ok(None);
            }
            read => read?,
        }
        let number = |at: usize| {
            let bytes = head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map(u32::from_be_bytes)
        };
        let stamp = number(60).zip(number(40)).map(|(mark, schema)| Self { mark, schema });
        Ok(stamp.filter(|_| head.starts_with(MAGIC)))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mark, schema) = text.split_once(' ')?;
        let number = |digits: &str| {
            (digits.len() == 8).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
        };
        Some(Self { mark: number(mark)?, schema: number(schema)? })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x} {:08x}", self.mark, self.schema)
    }
}

/// The write-ahead log of a database.
pub(super) fn log_of(database: &Path) -> PathBuf {
    let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    files::with_suffix(&database, "-wal")
}

/// What is found beside a database before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It was closed as it should be.
    Closed,
    /// Its server was killed, or the file is not the one the last server left.
    ToBeChecked,
}

/// Whether a database can be there: a folder, a pipe or a device is none, and nothing is made beside
/// it.
///
/// # Errors
/// When something else is there.
pub(super) fn must_be_file(path: &Path) -> Result<(), OpenError> {
    let name = path.as_os_str().as_encoded_bytes();
    if name.last().is_some_and(|last| std::path::is_separator(char::from(*last))) {
        return Err(OpenError::file(path)(std::io::Error::other("it names a folder")));
    }
    match files::must_be_regular(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        looked => looked.map_err(OpenError::file(path)),
    }
}

/// Judges the log beside a database by what the last server has noted.
///
/// # Errors
/// When it belongs to another file, the file is half exchanged, or is no file.
pub(super) fn judge(path: &Path, record: &Record) -> Result<Found, OpenError> {
    must_be_file(path)?;
    let stamp = Stamp::of(path).map_err(OpenError::file(path))?;
    let log = log_of(path);
    let has_log = std::fs::metadata(&log).is_ok_and(|meta| meta.len() > 0);
    let is_noted = match record {
        Record::Restoring => return Err(OpenError::HalfRestored(path.to_owned())),
        // Made by hand, or brought here without its lock.
        Record::Empty => stamp.is_some() || !has_log,
        Record::LogOf(stamps) => stamp.is_some_and(|stamp| stamps.contains(&stamp)),
    };
    if has_log && !is_noted && !path.exists() {
        return Err(OpenError::LogAlone { path: path.to_owned(), log });
    }
    if has_log && !is_noted {
        let (path, lock) = (path.to_owned(), Lock::path_of(path));
        return Err(OpenError::ForeignLog { path, log, lock });
    }
    let is_replaced = *record != Record::Empty && stamp.is_some() && !is_noted;
    Ok(if has_log || is_replaced { Found::ToBeChecked } else { Found::Closed })
}

/// Marks an open database, so that its log is known from now on. `before` is the stamp the file had
/// before it was opened: to look now would be to close the file, and a process that closes a file
/// loses every lock it has on it, SQLite's too.
pub(super) async fn mark(
    db: &Database,
    path: &Path,
    before: Option<Stamp>,
    lock: &mut Lock,
) -> Result<(), OpenError> {
    let (file, database) = (OpenError::file(path), OpenError::database(path));
    let random = || -> std::io::Result<u32> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(u32::from_be_bytes(bytes) >> 1)
    };
    let schema = schema_version(db).await.map_err(&database)?;
    let next = Stamp { mark: random().map_err(&file)?, schema };
    // Until the mark has come from the log into the file, the file has the one it had, perhaps with
    // a new schema.
    let migrated = before.map(|before| Stamp { schema, ..before });
    lock.write(&Record::LogOf(before.into_iter().chain(migrated).chain([next]).collect()))?;
    db.execute_unprepared(&format!("PRAGMA user_version = {}", next.mark))
        .await
        .map_err(&database)?;
    if emptied(db).await.map_err(&database)? {
        lock.write(&Record::LogOf(vec![next]))?;
    }
    Ok(())
}

async fn schema_version(db: &Database) -> Result<u32, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), "PRAGMA schema_version");
    let row = db.query_one_raw(statement).await?;
    let version = row.and_then(|row| row.try_get_by_index::<i64>(0).ok());
    Ok(version.and_then(|version| u32::try_from(version).ok()).unwrap_or_default())
}
