//! Opening a file only to read all of it: nothing is made, and nothing brought up to date.

use std::path::Path;

use crate::store::Database;
use crate::store::sqlite::connect::{Role, connect};
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::lock::{Lock, peek};
use crate::store::sqlite::schema::{Depth, check, is_ours, missing_migrations};
use crate::store::sqlite::stamp::{judge, log_of};

/// Opens it beside whoever uses it.
///
/// # Errors
/// When it is not there, is not ours, or has not this build's schema.
pub(in crate::store) async fn beside(path: &Path) -> Result<Database, OpenError> {
    judge(path, &peek(path))?;
    opened(path).await
}

/// The lock of a database, held.
pub(in crate::store) struct Held(
    #[expect(dead_code, reason = "it is freed when it is dropped")] Lock,
);

/// Opens it while no server has it, and lets none have it as long as the lock is held. All of it is
/// looked through first: what an index does not lead to would not be read.
///
/// # Errors
/// The same, and when it is in use or damaged.
pub(in crate::store) async fn alone(path: &Path) -> Result<(Database, Held), OpenError> {
    if !path.exists() {
        judge(path, &peek(path))?;
        return Err(OpenError::Missing(path.to_owned()));
    }
    let mut lock = Lock::take(path)?;
    judge(path, &lock.record()?)?;
    let db = opened(path).await?;
    match check(&db, path, Depth::Full).await {
        Ok(()) => Ok((db, Held(lock))),
        Err(error) => {
            let _ = db.close().await;
            Err(error)
        }
    }
}

async fn opened(path: &Path) -> Result<Database, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    // Without a log there is nobody who writes, and nothing has to be made beside the file.
    let role = if log_of(path).exists() { Role::Reader } else { Role::Untouched };
    let db = connect(path, role).await.map_err(OpenError::database(path))?;
    match is_current(&db, path).await {
        Ok(()) => Ok(db),
        Err(error) => {
            let _ = db.close().await;
            Err(error)
        }
    }
}

async fn is_current(db: &Database, path: &Path) -> Result<(), OpenError> {
    if !is_ours(db, path).await? {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    match missing_migrations(db, path).await?.as_slice() {
        [] => Ok(()),
        _ => Err(OpenError::Older(path.to_owned())),
    }
}
