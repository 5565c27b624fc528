//! Admin sessions begin, are used, and end.

use std::time::Duration;

use moss_api::{ErrorCode, Timestamp};

use crate::domain::queries::Db;
use crate::domain::retention::{ADMIN_IDLE, ADMIN_MAX_AGE};
use crate::domain::settings;
use crate::domain::{Command, Error, Refusal};
use crate::store::{Tx, sessions};

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

/// A session, without what it is known by.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// When it began.
    pub at: Timestamp,
    /// When it was used last, to some minutes.
    pub used_at: Timestamp,
    /// It is the one that asks.
    pub is_own: bool,
}

/// Sessions that are listed.
const LISTED: u64 = 100;

/// The admin sessions there are, of the API and of pages, the one used last first. `own` is the hash of the one
/// that asks.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &Db, own: &str) -> Result<Vec<Begun>, Error> {
    let rows = sessions::list(db, LISTED).await?;
    let begun = |row: sessions::Model| Begun {
        at: row.created_at.0,
        used_at: row.last_used_at.0,
        is_own: row.token_hash == own,
    };
    Ok(rows.into_iter().map(begun).collect())
}

/// A change to the admin sessions; tokens appear only as hashes.
pub enum Session {
    /// Begins.
    Begin {
        /// The hash of its token.
        token: String,
        /// The hash of the password that was given. It counts still, or no session begins: a change
        /// of the password that is under way on another server waits, and then ends this session.
        under: String,
    },
    /// Was used.
    Use(String),
    /// Ends.
    End(String),
    /// All others end.
    EndOthers(String),
}

impl Command for Session {
    /// Whether it is done: no session begins under a password that was changed a moment ago.
    type Output = bool;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        match self {
            Self::Begin { token, under } => {
                if !settings::password_stays(tx, under).await? {
                    return Ok(false);
                }
                sessions::insert(tx, token.clone()).await?;
            }
            Self::Use(hash) => sessions::use_now(tx, hash).await?,
            Self::End(hash) => sessions::end(tx, Some(hash)).await?,
            Self::EndOthers(hash) => sessions::end_others(tx, hash).await?,
        }
        Ok(true)
    }
}
