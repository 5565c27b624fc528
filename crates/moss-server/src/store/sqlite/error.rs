//! Why a database could not be opened, copied or restored.

use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::config::Address;
use crate::store::{RemoteError, remote};

/// Why the database could not be used. Each says what to do.
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
    /// The log beside it was written for another file.
    #[error(
        "{path} was replaced, and {log} beside it was written for the file before: together they \
         would be corrupt, so nothing was touched. To go on from {path} as it is: moss-server \
         restore {path} (with the same --config), which puts the log aside. If the log does belong \
         to it: remove {lock} and start again"
    )]
    ForeignLog {
        /// The database.
        path: PathBuf,
        /// Its write-ahead log.
        log: PathBuf,
        /// The lock, which says whose log it is.
        lock: PathBuf,
    },
    /// It is not there, and the log beside it is.
    #[error(
        "{path} is gone, and {log} is left, in which its last changes are: nothing was touched. Bring \
         {path} back and start again. Or go back to a backup, which puts the log aside: moss-server \
         restore BACKUP (with the same --config). Or move {log} away, and a start makes a new and \
         empty database"
    )]
    LogAlone {
        /// The database.
        path: PathBuf,
        /// Its write-ahead log.
        log: PathBuf,
    },
    /// A restore was killed half-way.
    #[error("a restore of {0} did not get to its end; run moss-server restore FILE again")]
    HalfRestored(PathBuf),
    /// The lock beside it could be held by somebody else.
    #[error("{path} {problem}, who could keep the server out with it; remove it and start again")]
    Lock {
        /// The lock.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It is damaged.
    #[error("{path} is damaged ({what}); go back to a backup: moss-server restore FILE")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// It is no database of ours, and should be.
    #[error("{0} holds nothing of moss-server's")]
    NotOurs(PathBuf),
    /// The copy could not be written.
    #[error("the copy {target} cannot be written: {source}")]
    Backup {
        /// The copy.
        target: PathBuf,
        /// Why.
        source: DbErr,
    },
    /// A database that is a server cannot be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The database refused.
    #[error("the database {path} cannot be opened: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DbErr,
    },
}

impl OpenError {
    /// What went wrong in the database at this address.
    pub(crate) fn at(address: &Address) -> impl Fn(DbErr) -> Self {
        move |source| match address {
            Address::Sqlite(path) => Self::database(path)(source),
            Address::Remote(address) => remote::open::failed(address)(source),
        }
    }

    /// What went wrong with this file.
    pub(super) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path: path.clone(), source }
    }

    /// What went wrong in this database.
    pub(super) fn database(path: &Path) -> impl Fn(DbErr) -> Self + use<> {
        let path = path.to_owned();
        move |source| {
            let (path, what) = (path.clone(), source.to_string());
            if what.contains("malformed") {
                return Self::Damaged { path, what };
            }
            Self::Database { path, source }
        }
    }
}
