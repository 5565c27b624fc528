//! One write beside a running server, for commands of its operator.

use std::path::Path;

use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::clock::Clock;
use crate::config::timings::Policy;
use crate::domain::Refusal;
use crate::store::sqlite::connect::{Role, connect};
use crate::store::sqlite::open::{OpenError, is_current};
use crate::store::tx::Tx;
use crate::store::writer::Command;

/// Why a write beside the server did not happen.
#[derive(Debug, thiserror::Error)]
pub enum BesideError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The command was refused.
    #[error("{0}")]
    Refused(Refusal),
}

/// Runs one command on the database at `path`, also while a server runs on it: SQLite lets one
/// writer in at a time and the other wait. Nothing is created or migrated; that is the server's.
///
/// A command that changes keys does not compile here: the server would go on with those it
/// remembers.
///
/// # Errors
/// When the database is not there, is not ours, or has not this build's schema; when the command
/// is refused.
pub async fn write_beside<C: Command>(
    path: &Path,
    policy: Policy,
    command: &C,
) -> Result<C::Output, BesideError> {
    const { assert!(!C::CHANGES_KEYS, "a running server remembers keys") };
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()).into());
    }
    is_current(path).await?;
    let database = |source| OpenError::Database { path: path.to_owned(), source };
    let db = connect(path, Role::Writer).await.map_err(database)?;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let begun = db.begin_with_options(options).await.map_err(database)?;
    let tx = Tx::new(begun, Clock::System.now(), policy, 1);
    let output = match command.run(&tx).await {
        Ok(output) => tx.commit().await.map(|()| output).map_err(Refusal::from),
        Err(refusal) => {
            let _ = tx.rollback().await;
            Err(refusal)
        }
    };
    db.close().await.map_err(database)?;
    output.map_err(|refusal| match refusal.storage {
        Some(source) => database(source).into(),
        None => BesideError::Refused(refusal),
    })
}
