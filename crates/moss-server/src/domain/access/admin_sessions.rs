//! Admin sessions begin, are used, and end: with the password they began under, too.

use std::time::Duration;

use moss_api::{ErrorCode, Timestamp};

use crate::domain::queries::Db;
use crate::domain::retention::{ADMIN_IDLE, ADMIN_MAX_AGE};
use crate::domain::{Command, Error, Refusal};
use crate::store::{Tx, admin_password, sessions};

/// An admin session's last use is noted this coarsely, so that reads rarely write.
const USE_STEP: Duration = Duration::from_secs(5 * 60);

/// Whether the use of a session, known by its token's SHA-256, wants noting. `url` is where the
/// server is reached.
///
/// # Errors
/// [`ErrorCode::BadAdminSession`] when there is none, or it has been idle for too long, or is too
/// old.
pub async fn wants_noting(db: &Db, hash: &str, now: Timestamp, url: &str) -> Result<bool, Error> {
    let row = sessions::find(db, hash).await?;
    let is_live = |row: &sessions::Model| {
        now < row.last_used_at.0 + ADMIN_IDLE && now < row.created_at.0 + ADMIN_MAX_AGE
    };
    let row = row.filter(is_live).ok_or_else(|| {
        Refusal::new(ErrorCode::BadAdminSession, "this admin session is unknown or over")
            .hint(format!("log in again: moss login --admin --server {url}"))
    })?;
    Ok(row.last_used_at.0 + USE_STEP < now)
}

/// The hash of the password that the sessions there are began under, if there was one.
///
/// # Errors
/// When the database fails.
pub async fn password(db: &Db) -> Result<Option<String>, Error> {
    Ok(admin_password::find(db).await?)
}

/// A change to the admin sessions; tokens appear only as hashes.
pub enum Session {
    /// Begins with this token hash.
    Begin(String),
    /// Was used.
    Use(String),
    /// Ends.
    End(String),
    /// All end, unless they began under the password with this hash, which counts from now on.
    Under(String),
    /// All stay: the password has another hash and is the same.
    Rehashed(String),
}

impl Command for Session {
    type Output = ();
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        match self {
            Self::Begin(hash) => sessions::insert(tx, hash.clone()).await?,
            Self::Use(hash) => sessions::use_now(tx, hash).await?,
            Self::End(hash) => sessions::end(tx, Some(hash)).await?,
            Self::Under(hash) => {
                if admin_password::keep(tx, hash).await? {
                    sessions::end(tx, None).await?;
                }
            }
            Self::Rehashed(hash) => {
                admin_password::keep(tx, hash).await?;
            }
        }
        Ok(())
    }
}
