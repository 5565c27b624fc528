//! The server's time, as far as the database has to know of it.

use moss_api::Timestamp;

use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::store::{Tx, time};

/// The newest time the database knows; none in a new one.
///
/// # Errors
/// When the database fails.
pub async fn newest(db: &Db) -> Result<Option<Timestamp>, Error> {
    Ok(time::newest(db).await?)
}

/// Notes how far time has come. It changes nothing else, so that it also tells whether the database
/// takes writes.
pub struct KeepTime;

impl Command for KeepTime {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        Ok(time::note(tx).await?)
    }
}
