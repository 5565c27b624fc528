//! One write beside a running server, for commands of its operator.

use moss_api::Timestamp;
use sea_orm::DbErr;

use crate::config::Address;
use crate::config::timings::Timings;
use crate::domain::{Command, Error, Refusal};
use crate::store::{Database, OpenError, Tx, open_current, time};

/// Why a write beside the server did not happen.
#[derive(Debug, thiserror::Error)]
pub enum OneOffError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The command was refused.
    #[error("{0}")]
    Refused(Refusal),
}

/// Runs one command on the database at `address`, also while a server runs on it: the database makes
/// the two wait for each other. Nothing is created or migrated; that is the server's.
///
/// The server goes on with the keys it remembers for [`crate::store::KEYS_ARE_BELIEVED_FOR`].
///
/// # Errors
/// When the database is not there, is not ours, or has not this build's schema; when the command
/// is refused.
pub async fn one_off_write<C: Command>(
    address: impl Into<Address>,
    timings: Timings,
    command: &C,
) -> Result<C::Output, OneOffError> {
    let address = address.into();
    let db = open_current(&address).await?;
    let database = OpenError::at(&address);
    let tx = begin(&db, &address, timings).await.map_err(&database)?;
    let output = match command.run(&tx).await {
        Ok(output) => tx.commit().await.map(|()| output).map_err(Error::from),
        Err(error) => {
            let _ = tx.rollback().await;
            Err(error)
        }
    };
    db.close().await.map_err(&database)?;
    output.map_err(|error| match error {
        Error::Refused(refusal) => OneOffError::Refused(refusal),
        Error::Database(source) => database(source).into(),
    })
}

/// At the time of the server beside which it is: that of the database if it is shared, else the
/// system's, which does not go back behind the newest that the database knows.
async fn begin(db: &Database, address: &Address, timings: Timings) -> Result<Tx, DbErr> {
    let clock = address.clock();
    if clock.is_of_database() {
        return Tx::begin(db, &clock, timings, 1).await;
    }
    let newest = time::newest(db).await?.unwrap_or(Timestamp::from_micros(0));
    Tx::begin_at(db, clock.now().max(newest), timings, 1).await
}
