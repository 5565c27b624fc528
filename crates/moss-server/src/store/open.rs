//! The open database, wherever it is.

use std::sync::Arc;

use sea_orm::ConnectionTrait;

use crate::config::{Address, RemoteAddress};
use crate::store::sqlite::checkpoint::{Checkpoint, LogLimit};
use crate::store::sqlite::open::File;
use crate::store::{Database, InPlace, Keys, OpenError, dialect, remote, sqlite};

/// The connections of an open database, by what they are for.
pub(in crate::store) struct Opened {
    pub readers: Database,
    pub writing: Database,
    pub relaxed: Database,
    /// How many may write at once.
    pub writers: u32,
}

/// The open database.
pub struct Store {
    readers: Database,
    writing: Database,
    relaxed: Database,
    writers: u32,
    pub(in crate::store) keys: Keys,
    /// SQLite's, which nobody else looks after.
    file: Option<File>,
}

impl Store {
    /// Opens it, and brings its schema up to date. See `sqlite::open` and `remote::open`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: impl Into<Address>) -> Result<Self, OpenError> {
        let (opened, file) = match address.into() {
            Address::Sqlite(path) => {
                let (opened, file) = sqlite::open::open(&path).await?;
                (opened, Some(file))
            }
            Address::Remote(address) => (Box::pin(remote::open::open(&address)).await?, None),
        };
        let Opened { readers, writing, relaxed, writers } = opened;
        Ok(Self { readers, writing, relaxed, writers, keys: Keys::default(), file })
    }

    /// The connections that read.
    pub fn read(&self) -> &Database {
        &self.readers
    }

    /// The connections that write the work: their commits are on disk when they return.
    pub(crate) fn writing(&self) -> &Database {
        &self.writing
    }

    /// The connections that write what may be lost with the power.
    pub(crate) fn relaxed(&self) -> &Database {
        &self.relaxed
    }

    /// Whether other servers may write to it, too.
    pub fn is_shared(&self) -> bool {
        dialect::is_shared(self.writing.get_database_backend())
    }

    /// How many may write at once.
    pub(crate) fn writers(&self) -> u32 {
        self.writers
    }

    /// The remembered keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What copies SQLite's write-ahead log back into the database.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        self.file.as_ref().map(|file| file.checkpoint(&self.relaxed))
    }

    /// What empties SQLite's write-ahead log when it became too large.
    pub(crate) fn log_limit(&self) -> Option<LogLimit> {
        self.file.as_ref().map(File::log_limit)
    }

    /// Where SQLite's files were.
    pub(crate) fn in_place(&self) -> Option<Arc<InPlace>> {
        self.file.as_ref().map(File::in_place)
    }

    /// Looks whether all of it is whole, over a connection that remembers nothing. What is a server
    /// of its own looks after that itself.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when it is not.
    pub(crate) async fn look_through(&self) -> Result<(), OpenError> {
        match &self.file {
            Some(file) => file.look_through().await,
            None => Ok(()),
        }
    }

    /// Closes it. Whoever writes to it has stopped.
    pub async fn close(&self) {
        // The writer goes last: only a connection that may write empties SQLite's log when it
        // closes.
        let _ = self.readers.close().await;
        let _ = self.relaxed.close().await;
        if let Some(file) = &self.file {
            file.close().await;
        }
        let _ = self.writing.close().await;
    }
}

/// Opens the database for one write beside a running server. Nothing is created or migrated; that
/// is the server's.
///
/// # Errors
/// When it is not there, is not ours, or has not this build's schema.
pub(crate) async fn open_current(address: &Address) -> Result<Database, OpenError> {
    match address {
        Address::Sqlite(path) => sqlite::open::open_current(path).await,
        Address::Remote(address) => Box::pin(remote::open::open_current(address)).await,
    }
}

/// Opens a database that is a server to read or write all of it, however long that takes.
///
/// # Errors
/// As [`open_current`].
pub(crate) async fn open_whole(address: &RemoteAddress) -> Result<Database, OpenError> {
    Box::pin(remote::open::open_whole(address)).await
}

/// Opens what [`look`] has found, to be read and not touched; none where there is nothing yet, or only
/// what a start would bring up to date.
///
/// # Errors
/// As [`look`].
pub(crate) async fn look_into(address: &Address) -> Result<Option<Database>, OpenError> {
    if !look(address).await? {
        return Ok(None);
    }
    match address {
        Address::Sqlite(path) => sqlite::open::look_into(path).await,
        // It is there, so that what is in the way is an older schema.
        Address::Remote(address) => Ok(remote::open::open_current(address).await.ok()),
    }
}

/// Looks what a start would find, and touches nothing: whether there is a database of ours.
///
/// # Errors
/// When a start would be refused because of it.
pub async fn look(address: &Address) -> Result<bool, OpenError> {
    match address {
        Address::Sqlite(path) => sqlite::open::look(path).await,
        Address::Remote(address) => Box::pin(remote::open::look_at(address)).await,
    }
}
