//! Copying the write-ahead log back into the database, beside the writer instead of inside its
//! commits: a caller never waits for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::task::JoinHandle;

/// How often the log's size is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// A log smaller than this stays as it is: about SQLite's own 1,000 pages.
const WORTH_IT: u64 = 4 * 1024 * 1024;

/// The task that copies; it ends when this is dropped.
pub(super) struct Checkpoints(JoinHandle<()>);

impl Checkpoints {
    /// Starts copying, over connections that are not the writer's.
    pub(super) fn start(db: DatabaseConnection, database: &Path) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self(tokio::spawn(run(db, log.into())))
    }

    /// Ends copying. A copy in progress keeps its connection until it is done; closing the
    /// connections waits for it.
    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(db: DatabaseConnection, log: PathBuf) {
    let mut period = tokio::time::interval(PERIOD);
    loop {
        period.tick().await;
        if std::fs::metadata(&log).is_ok_and(|meta| meta.len() >= WORTH_IT)
            && let Err(error) = db.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await
        {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
        }
    }
}
