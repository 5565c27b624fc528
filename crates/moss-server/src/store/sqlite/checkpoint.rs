//! Copying the write-ahead log back into the database, beside the writer instead of inside its
//! commits: a caller never waits for it.

use std::path::PathBuf;

use crate::store::Database;

/// How far the log's file may grow before it is copied back, in bytes. A page written ten times is
/// copied once, so rarely is cheaper than often.
const WORTH_IT: u64 = 16 * 1024 * 1024;
/// How many commands are answered before it is copied back, grown or not: the file keeps its size
/// when it is written from the start again.
const COMMANDS: u64 = 20_000;

/// When the log was copied back last, and how.
pub(crate) struct Checkpoint {
    db: Database,
    log: PathBuf,
    last_size: u64,
    last_answered: u64,
}

impl Checkpoint {
    /// Of this log, over connections that are not the writer's.
    pub(in crate::store) fn new(db: Database, log: PathBuf) -> Self {
        Self { db, log, last_size: 0, last_answered: 0 }
    }

    /// Copies the log back if that is worth it. `answered` counts the commands that were
    /// committed.
    pub(crate) async fn run_if_due(&mut self, answered: u64) {
        let size = std::fs::metadata(&self.log).map_or(0, |meta| meta.len());
        if size < self.last_size + WORTH_IT && answered < self.last_answered + COMMANDS {
            return;
        }
        (self.last_size, self.last_answered) = (size, answered);
        // It waits for the disk: not in a thread that answers others.
        let db = self.db.clone();
        let copied =
            tokio::task::spawn_blocking(move || db.batch("PRAGMA wal_checkpoint(PASSIVE)"));
        if let Ok(Err(error)) = copied.await {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
        }
    }
}
