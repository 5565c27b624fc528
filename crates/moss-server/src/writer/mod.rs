//! The writers. SQLite has one: what arrives together shares one transaction and one fsync; each
//! caller keeps its own answer (invariants 4 and 8). On a database that servers share there are
//! several, each command has a transaction of its own, and only claims of the next best share one:
//! they wait for nobody.
//!
//! A command that fails after it changed something must not take its neighbours along, and they
//! must not carry its half: the whole batch is rolled back and every command runs again in a
//! transaction of its own. Commands are therefore values that can run twice.
//!
//! What becomes of a command in a batch, and of the batch:
//!
//! ```text
//!                 ┌─ succeeds ────────────────────┐
//!                 │                               ├─▶ answer kept ─▶ commit ─▶ caller told
//!                 ├─ refused, changed nothing ────┘                    │
//! BEGIN ─▶ run ───┤                                                  fails
//!                 ├─ refused, changed something ──┐                    │
//!                 │                               ├─▶ ROLLBACK ◀───────┘
//!                 └─ the database fails ──────────┘       │
//!                                                         ▼
//!                              each command so far runs again, in a transaction of its own
//! ```
//!
//! A command whose idempotency key has an answer does not run; it gets that answer.
//!
//! Alone it runs again for a while (`retry`) when other servers were in the way or the database was
//! lost. A database that is a server may be lost while it commits, too. Whether it did is not known
//! then: what has an idempotency key runs again, and finds its answer under it if it did; whoever
//! has none is told.

mod job;
mod one_off_write;
mod pending_request_log;
mod queue;
mod retry;
mod trouble;
mod worker;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use sea_orm::DbErr;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::domain::Command;
use crate::store::Store;
use crate::store::entity::request_log as log_row;
use crate::writer::job::Job;
use crate::writer::queue::{Grouping, Queue};
use crate::writer::trouble::Trouble;
use crate::writer::worker::Worker;

pub use crate::store::idempotency::{Answer, Caller, Idempotency};
pub use one_off_write::{OneOffError, one_off_write};
pub use pending_request_log::{LoggedRequest, PendingRequestLog};
pub use trouble::Damage;

/// Why a write has no answer. Nothing was changed, but for [`WriteError::Unknown`].
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The queue is full, or the server is shutting down.
    #[error("the queue is full or closed")]
    Unavailable,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] DbErr),
    /// The database was lost while it committed: whether the write was done is not known.
    #[error("lost while it committed: {0}")]
    Unknown(DbErr),
    /// A command's answer could not be written as JSON.
    #[error("an answer cannot be encoded: {0}")]
    Encoding(#[from] serde_json::Error),
}

/// Handle to the writers. Dropping it loses nothing that was answered.
pub struct Writer {
    queue: Arc<Queue>,
    /// Each ends with its writer.
    ends: tokio::sync::Mutex<Vec<oneshot::Receiver<()>>>,
    answered: Arc<AtomicU64>,
    trouble: Trouble,
    committed: watch::Sender<()>,
}

impl Writer {
    /// Starts the writers of an open database.
    pub fn start(store: &Store, clock: Clock, timings: Timings) -> Self {
        let (answered, trouble) = (Arc::new(AtomicU64::new(0)), Trouble::default());
        let committed = watch::Sender::new(());
        let worker = Worker {
            db: store.writing().clone(),
            relaxed: store.relaxed().clone(),
            clock,
            timings,
            keys: store.keys().clone(),
            in_place: store.in_place(),
            answered: answered.clone(),
            trouble: trouble.clone(),
            committed: committed.clone(),
        };
        let grouping = if store.is_shared() { Grouping::Some } else { Grouping::All };
        let queue = Arc::new(Queue::new(grouping));
        let mut ends = Vec::new();
        // A thread logs where the one logs that started it.
        let logs = tracing::dispatcher::get_default(Clone::clone);
        for number in 0..store.writers() {
            let (ended, end) = oneshot::channel();
            ends.push(end);
            // A thread of its own: SQLite's waits for the disk, and a batch never leaves it.
            let (runtime, worker) = (Handle::current(), worker.clone());
            let (queue, log_limit, logs) = (queue.clone(), store.log_limit(), logs.clone());
            let name = format!("writer {number}");
            let spawned = std::thread::Builder::new().name(name).spawn(move || {
                let _logs = tracing::dispatcher::set_default(&logs);
                let work = AssertUnwindSafe(|| runtime.block_on(worker.work(queue, log_limit)));
                if catch_unwind(work).is_err() {
                    gone();
                }
                let _ = ended.send(());
            });
            if let Err(error) = spawned {
                tracing::error!(%error, "a writer cannot start");
                gone();
            }
        }
        Self { queue, ends: tokio::sync::Mutex::new(ends), answered, trouble, committed }
    }

    /// Runs a command: its answer is on disk when this returns.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn write<C: Command>(
        &self,
        command: C,
        idempotency: Option<Idempotency>,
    ) -> Result<Answer, WriteError> {
        let (reply, answer) = oneshot::channel();
        let since = Instant::now();
        let job = Job { command: Box::new(command), idempotency, reply, since };
        self.queue.push(job)?;
        answer.await.unwrap_or(Err(WriteError::Unavailable))
    }

    /// Hands over request log rows. They are written soon, without an fsync of their own: losing
    /// the last second of them with the power is accepted.
    pub fn log_requests(&self, rows: Vec<log_row::ActiveModel>) {
        self.queue.push_logs(rows);
    }

    /// How many rows of the request log were handed over and are not written yet.
    pub fn waiting_log_rows(&self) -> usize {
        self.queue.log_rows()
    }

    /// How many commands were answered since the start.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Sees every commit of this server from now on.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }

    /// What is wrong, when the last write was not possible or the database is damaged.
    pub fn trouble(&self) -> Option<&'static str> {
        self.trouble.current()
    }

    /// Notes that the database could not be read, in case it is damaged.
    pub fn note_failed_read(&self, error: &DbErr) {
        self.trouble.note_failed_read(error);
    }

    /// The damage that reads and writes have met.
    pub fn damage(&self) -> Option<Damage> {
        self.trouble.damage()
    }

    /// Notes that the database was looked through after this was met, and is whole.
    pub fn note_whole(&self, damage: Damage) {
        self.trouble.note_whole(damage);
    }

    /// Takes no more, finishes what was taken, and returns when that is on disk.
    pub async fn stop(&self) {
        self.queue.close();
        for end in self.ends.lock().await.drain(..) {
            let _ = end.await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Without its writer a server only looks alive. Whoever keeps it running starts it again; what was
/// answered is on disk.
fn gone() {
    // Whatever becomes of the line.
    let _ = catch_unwind(|| tracing::error!("the writer is gone; stopping"));
    std::process::exit(70);
}
