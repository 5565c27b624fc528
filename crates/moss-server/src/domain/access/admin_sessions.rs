//! Admin sessions begin, are used, and end.

use crate::domain::{Command, Error};
use crate::store::{Tx, sessions};

/// A change to the admin sessions; tokens appear only as hashes.
pub enum Session {
    /// Begins with this token hash.
    Begin(String),
    /// Was used.
    Use(String),
    /// Ends.
    End(String),
    /// All end: the password changed.
    EndAll,
}

impl Command for Session {
    type Output = ();
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        match self {
            Self::Begin(hash) => sessions::insert(tx, hash.clone()).await?,
            Self::Use(hash) => sessions::use_now(tx, hash).await?,
            Self::End(hash) => sessions::end(tx, Some(hash)).await?,
            Self::EndAll => sessions::end(tx, None).await?,
        }
        Ok(())
    }
}
