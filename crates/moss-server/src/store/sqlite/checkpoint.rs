//! Copying the write-ahead log back into the database.
//!
//! Mostly that happens beside the writer instead of inside its commits, and no caller waits for it.
//! But beside steady writes the log is never copied back whole, and only then may it begin anew. So
//! above a size the writer copies the rest between two batches: right after most of it was copied, so
//! that little is left. The file keeps its size, since to cut it off takes longer than all of that.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio::runtime::Handle;

use crate::store::Database;

/// How far the log's file may grow before it is copied back, in bytes. A page written ten times is
/// copied once, so rarely is cheaper than often.
const WORTH_IT: u64 = 16 * 1024 * 1024;
/// How many commands are answered before it is copied back, grown or not: the file keeps its size
/// when it is written from the start again.
const COMMANDS: u64 = 2_500;

/// When the log was copied back last, and how.
pub(crate) struct Checkpoint {
    db: Database,
    log: PathBuf,
    copied: Copied,
    last_size: u64,
    last_answered: u64,
}

/// Whether the log was copied back since the writer looked last.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Copied(Arc<AtomicBool>);

impl Checkpoint {
    /// Of this log, over connections that are not the writer's.
    pub(in crate::store) fn new(db: Database, log: PathBuf, copied: Copied) -> Self {
        Self { db, log, copied, last_size: 0, last_answered: 0 }
    }

    /// Copies the log back if that is worth it. `answered` counts the commands that were
    /// committed.
    pub(crate) async fn run_if_due(&mut self, answered: u64) {
        let size = std::fs::metadata(&self.log).map_or(0, |meta| meta.len());
        // It was emptied meanwhile.
        self.last_size = self.last_size.min(size);
        if size < self.last_size + WORTH_IT && answered < self.last_answered + COMMANDS {
            return;
        }
        (self.last_size, self.last_answered) = (size, answered);
        // It waits for the disk: not in a thread that answers others.
        let db = self.db.clone();
        let copied = tokio::task::spawn_blocking(move || {
            Handle::current().block_on(db.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)"))
        });
        match copied.await {
            Ok(Ok(_)) => self.copied.0.store(true, Ordering::Release),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the write-ahead log could not be copied back");
            }
            Err(_) => {}
        }
    }
}

/// How large the log may become before it begins anew whenever it was copied back, in bytes. At twice
/// that it is emptied.
const LIMIT: u64 = 64 * 1024 * 1024;
/// How long after readers were in the way it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Keeps the log from growing without end. The writer asks it between two batches.
pub(crate) struct LogLimit {
    db: Database,
    log: PathBuf,
    copied: Copied,
    limit: u64,
    not_before: Option<Instant>,
}

impl LogLimit {
    /// Of this log, over a connection of its own.
    pub(in crate::store) fn new(db: Database, log: PathBuf, copied: Copied) -> Self {
        Self { db, log, copied, limit: LIMIT, not_before: None }
    }

    /// Lets the log begin anew if it is too large. What was committed is in the database's file, on
    /// disk, before a byte of the log goes. Readers that have it open are waited for, but not for
    /// long.
    pub(crate) async fn keep(&mut self) {
        let size = std::fs::metadata(&self.log).map_or(0, |meta| meta.len());
        if size < self.limit || self.not_before.is_some_and(|then| Instant::now() < then) {
            return;
        }
        let copied = self.copied.0.swap(false, Ordering::Acquire);
        let done = if size >= 2 * self.limit {
            emptied(&self.db).await
        } else if copied {
            whole(&self.db, "RESTART").await
        } else {
            return;
        };
        match done {
            Ok(true) => self.not_before = None,
            Ok(false) => {
                tracing::debug!(size, "readers keep the write-ahead log from beginning anew");
                self.not_before = Some(Instant::now() + AGAIN);
            }
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not begin anew");
                self.not_before = Some(Instant::now() + AGAIN);
            }
        }
    }
}

/// Copies the whole log into the file and empties it: whether that succeeded, with nobody in the
/// way.
pub(super) async fn emptied(db: &Database) -> Result<bool, DbErr> {
    whole(db, "TRUNCATE").await
}

/// Copies the whole log into the file, so that the next write begins it anew.
async fn whole(db: &Database, how: &str) -> Result<bool, DbErr> {
    let pragma = format!("PRAGMA wal_checkpoint({how})");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), pragma)).await?;
    let busy = row.and_then(|row| row.try_get::<i64>("", "busy").ok());
    Ok(busy == Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    async fn write(store: &Store) {
        for n in 0..8 {
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS filler (n, x); INSERT INTO filler VALUES ({n}, randomblob(60000))"
            );
            store.writing().execute_unprepared(&sql).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_log_that_became_too_large_is_emptied_and_nothing_of_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasks.db");
        let store = Store::open(&path).await.unwrap();
        let mut limit = store.log_limit().unwrap();
        limit.limit = 128 * 1024;
        let size = || std::fs::metadata(folder.path().join("tasks.db-wal")).unwrap().len();
        write(&store).await;
        assert!(size() > 2 * limit.limit);

        // Somebody reads, and goes on reading: that is not waited for.
        let reading = store.read().snapshot().await.unwrap();
        reading.execute_unprepared("SELECT * FROM filler LIMIT 1").await.unwrap();
        write(&store).await;
        let began = Instant::now();
        limit.keep().await;
        assert!(size() > 2 * limit.limit && began.elapsed() < Duration::from_secs(3));
        reading.rollback().await.unwrap();
        limit.keep().await;
        assert!(size() > 2 * limit.limit, "tried again too soon");

        limit.not_before = None;
        limit.keep().await;
        assert_eq!(size(), 0);
        write(&store).await;
        let statement = Statement::from_string(
            store.read().get_database_backend(),
            "SELECT COUNT(*) FROM filler",
        );
        let row = store.read().query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 24);
        store.close().await;
    }
    /// What is copied back anyway lets it begin anew, and it grows no further.
    #[tokio::test]
    async fn a_log_that_was_copied_back_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasks.db");
        let store = Store::open(&path).await.unwrap();
        let (mut limit, mut checkpoint) = (store.log_limit().unwrap(), store.checkpoint().unwrap());
        limit.limit = 400 * 1024;
        let size = || std::fs::metadata(folder.path().join("tasks.db-wal")).unwrap().len();
        write(&store).await;
        let before = size();
        assert!((limit.limit..2 * limit.limit).contains(&before), "{before}");
        limit.keep().await;
        write(&store).await;
        let grown = size();
        assert!(grown > before, "it began anew though nothing was copied");
        limit.limit = grown;
        for n in 1..4 {
            checkpoint.run_if_due(n * COMMANDS).await;
            limit.keep().await;
            write(&store).await;
        }
        assert_eq!(size(), grown);
        store.close().await;
    }
}
