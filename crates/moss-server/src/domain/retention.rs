//! How long what is over is kept, and throwing it away then.

use std::time::Duration;

use crate::domain::{Command, Error};
use crate::store::{
    Tx, agent_keys, idempotency, invites, judgements, looks, notices, request_log, sessions,
};

/// Rows of a kind one purge takes, about.
const PURGE: u64 = 500;

/// An admin session unused this long is over.
pub const ADMIN_IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// An admin session this old is over, whatever happens.
pub const ADMIN_MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Keys and invites that are over are kept this long, so that whoever comes with one is told what
/// has become of it.
pub const KEPT_AFTER_END: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a reviewer was shown counts this long: a verdict that comes later has to look again.
const LOOK: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A judgement counts this long: what stands as it is for longer is worth another look.
const JUDGEMENT: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Notices and their deliveries are kept this long, told or not: nobody wants to hear of what is
/// older.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// So many logged requests are kept at most, however new they are: about a gigabyte at its worst.
pub const MOST_REQUESTS: i64 = 1_000_000;

/// Throws away answers, requests, looks, judgements, notices, sessions, keys and invites that are past
/// keeping; not all at once.
pub struct Purge {
    /// How long logged requests are kept.
    pub request_log: Duration,
    /// How many of them: [`MOST_REQUESTS`].
    pub most_requests: i64,
}

impl Command for Purge {
    /// Rows removed.
    type Output = u64;

    async fn run(&self, tx: &Tx) -> Result<u64, Error> {
        let answers =
            idempotency::delete_before(tx, tx.now - tx.timings.idempotency_retention, PURGE)
                .await?;
        let requests = request_log::delete_before(tx, tx.now - self.request_log, PURGE).await?;
        let beyond = request_log::delete_beyond(tx, self.most_requests, PURGE).await?;
        let looks = looks::delete_before(tx, tx.now - LOOK, PURGE).await?;
        let judgements = judgements::delete_before(tx, tx.now - JUDGEMENT, PURGE).await?;
        let notices = notices::delete_before(tx, tx.now - NOTICE, PURGE).await?;
        let sessions =
            sessions::delete_before(tx, tx.now - ADMIN_IDLE, tx.now - ADMIN_MAX_AGE).await?;
        let ended = tx.now - KEPT_AFTER_END;
        let (keys, invites) =
            (agent_keys::delete_before(tx, ended).await?, invites::delete_before(tx, ended).await?);
        Ok(answers + requests + beyond + looks + judgements + notices + sessions + keys + invites)
    }
}
