//! Copying the write-ahead log back into the database, beside the writer instead of inside its
//! commits: a caller never waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::task::JoinHandle;

/// How often the log's size is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// How far the log's file may grow before it is copied back, in bytes. A page written ten times is
/// copied once, so rarely is cheaper than often.
const WORTH_IT: u64 = 16 * 1024 * 1024;
/// How many commands are answered before it is copied back, grown or not: the file keeps its size
/// when it is written from the start again.
const COMMANDS: u64 = 20_000;

/// The task that copies; it ends when this is dropped.
pub(in crate::store) struct Checkpoints(JoinHandle<()>);

impl Checkpoints {
    /// Starts copying, over connections that are not the writer's.
    /// `answered` counts the commands that were committed.
    pub(in crate::store) fn start(
        db: DatabaseConnection,
        database: &Path,
        answered: Arc<AtomicU64>,
    ) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self(tokio::spawn(run(db, log.into(), answered)))
    }

    /// Ends copying. A copy in progress keeps its connection until it is done; closing the
    /// connections waits for it.
    pub(in crate::store) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(db: DatabaseConnection, log: PathBuf, answered: Arc<AtomicU64>) {
    let mut period = tokio::time::interval(PERIOD);
    let (mut last_size, mut last_answered) = (0, 0);
    loop {
        period.tick().await;
        let size = std::fs::metadata(&log).map_or(0, |meta| meta.len());
        let now = answered.load(Ordering::Relaxed);
        if size < last_size + WORTH_IT && now < last_answered + COMMANDS {
            continue;
        }
        (last_size, last_answered) = (size, now);
        if let Err(error) = db.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
        }
    }
}
