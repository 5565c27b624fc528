//! The one writer. What arrives together shares one transaction and one fsync; each caller keeps
//! its own answer (invariants 4 and 8).
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
//! A database that is a server may be lost while it commits. Whether it did is not known then, so
//! nothing runs again: each caller is told, and its repeat finds the answer under its key, or runs.

mod job;
mod one_off_write;
mod pending_request_log;
mod trouble;

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::DbErr;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::domain::{Command, Refusal};
use crate::store::Database;
use crate::store::dialect::{Fault, fault};
use crate::store::entity::request_log as log_row;
use crate::store::idempotency;
use crate::store::{InPlace, Keys, LogLimit, Store, Tx, request_log, time};
use crate::writer::job::{Job, RunError};
use crate::writer::trouble::Trouble;

pub use crate::store::idempotency::{Answer, Caller, Idempotency};
pub use one_off_write::{OneOffError, one_off_write};
pub use pending_request_log::{LoggedRequest, PendingRequestLog};
pub use trouble::Damage;

/// Most commands in one transaction.
const MAX_BATCH: usize = 128;
/// A batch takes this many commands, and more while it has worked no longer than the last commit
/// took. So a slow disk gets large batches, and a fast one small ones: while one batch is
/// written, the requests of the next are read.
const MIN_BATCH: usize = 32;
/// Request log rows written between two batches: few, so that no caller waits for them.
const LOG_ROWS: usize = 128;
/// Commands waiting for the writer before callers are told to come back.
const QUEUE: usize = 4_096;

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

/// What the queue holds.
enum Message {
    Write(Job),
    Logs(Vec<log_row::ActiveModel>),
}

impl Message {
    fn sort(self, jobs: &mut VecDeque<Job>, logs: &mut VecDeque<log_row::ActiveModel>) {
        match self {
            Self::Write(job) => jobs.push_back(job),
            Self::Logs(rows) => logs.extend(rows),
        }
    }
}

/// Handle to the writing task. Dropping it loses nothing that was answered.
pub struct Writer {
    queue: std::sync::Mutex<Option<mpsc::Sender<Message>>>,
    task: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
    answered: Arc<AtomicU64>,
    trouble: Trouble,
}

impl Writer {
    /// Starts the writing thread on an open database.
    pub fn start(store: &Store, clock: Clock, timings: Timings) -> Self {
        let (answered, trouble) = (Arc::new(AtomicU64::new(0)), Trouble::default());
        let worker = Worker {
            db: store.writing().clone(),
            relaxed: store.relaxed().clone(),
            clock,
            timings,
            keys: store.keys().clone(),
            in_place: store.in_place(),
            answered: answered.clone(),
            trouble: trouble.clone(),
        };
        let (queue, jobs) = mpsc::channel(QUEUE);
        let log_limit = store.log_limit();
        let (ended, task) = oneshot::channel();
        // A thread of its own: it waits for the disk, and a batch never leaves it.
        let runtime = Handle::current();
        let spawned = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let work = AssertUnwindSafe(|| runtime.block_on(worker.work(jobs, log_limit)));
            if catch_unwind(work).is_err() {
                gone();
            }
            let _ = ended.send(());
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "the writer cannot start");
            gone();
        }
        Self {
            queue: std::sync::Mutex::new(Some(queue)),
            task: tokio::sync::Mutex::new(Some(task)),
            answered,
            trouble,
        }
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
        let job = Job { command: Box::new(command), idempotency, reply };
        let queue = self.queue().ok_or(WriteError::Unavailable)?;
        queue.try_send(Message::Write(job)).map_err(|_| WriteError::Unavailable)?;
        answer.await.unwrap_or(Err(WriteError::Unavailable))
    }

    /// Hands over request log rows. They are written soon, without an fsync of their own: losing
    /// the last second of them with the power is accepted.
    pub fn log_requests(&self, rows: Vec<log_row::ActiveModel>) {
        if let Some(queue) = self.queue() {
            let _ = queue.try_send(Message::Logs(rows));
        }
    }

    /// How many commands were answered since the start.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
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

    fn queue(&self) -> Option<mpsc::Sender<Message>> {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Takes no more, finishes what was taken, and returns when that is on disk.
    pub async fn stop(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// Without its writer a server only looks alive. Whoever keeps it running starts it again; what was
/// answered is on disk.
fn gone() {
    // Whatever becomes of the line.
    let _ = catch_unwind(|| tracing::error!("the writer is gone; stopping"));
    std::process::exit(70);
}

/// The thread that writes, and what it needs.
struct Worker {
    /// The connection whose commits are on disk when they return.
    db: Database,
    /// The connections for request log rows.
    relaxed: Database,
    /// The time.
    clock: Clock,
    /// Leases and limits.
    timings: Timings,
    /// Forgotten when an agent changes.
    keys: Keys,
    /// Where what is written will be found again.
    in_place: Option<Arc<InPlace>>,
    /// Counts the commands that were answered.
    answered: Arc<AtomicU64>,
    /// Whether the database takes writes.
    trouble: Trouble,
}

impl Worker {
    async fn work(self, mut queue: mpsc::Receiver<Message>, mut log_limit: Option<LogLimit>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        let mut logs: VecDeque<log_row::ActiveModel> = VecDeque::new();
        let mut last_commit = Duration::ZERO;
        loop {
            if waiting.is_empty() && logs.is_empty() {
                match queue.recv().await {
                    Some(message) => message.sort(&mut waiting, &mut logs),
                    None => break,
                }
            }
            while waiting.len() < MAX_BATCH {
                let Ok(message) = queue.try_recv() else { break };
                message.sort(&mut waiting, &mut logs);
            }
            match self.run_together(&mut waiting, last_commit).await {
                Ok(commit) => last_commit = commit,
                Err(undone) => {
                    for job in undone {
                        let result = self.run_alone(&job).await;
                        self.reply(job, result);
                    }
                }
            }
            let rows = logs.drain(..logs.len().min(LOG_ROWS)).collect();
            if let Err(error) = request_log::insert(&self.relaxed, rows).await {
                self.trouble.note_damage(&error);
                tracing::warn!(%error, "request log rows were lost");
            }
            if let Some(limit) = &mut log_limit {
                limit.keep().await;
            }
        }
    }

    /// Begins a transaction. If time comes ahead in it, the leases are seen to before anything else
    /// happens.
    async fn begin(&self, commands: usize) -> Result<Tx, DbErr> {
        self.in_place.as_deref().map_or(Ok(()), InPlace::look)?;
        let step = self.clock.step();
        let now = self.clock.now() + step.unwrap_or_default();
        let mut tx = Tx::begin(&self.db, now, self.timings.clone(), commands).await?;
        let Some(step) = step else { return Ok(tx) };
        if let Err(error) = time::come_ahead(&tx, step).await {
            roll_back(tx).await;
            return Err(error);
        }
        // No command has done that.
        tx.take_dirty();
        tx.came_ahead = Some(step);
        Ok(tx)
    }

    /// Commits. What the transaction took for the time is the time from now on.
    async fn commit(&self, tx: Tx) -> Result<(), DbErr> {
        let came_ahead = tx.came_ahead;
        tx.commit().await?;
        if let Some(step) = came_ahead {
            self.clock.take(step);
            tracing::info!(?step, "time has come ahead; every lease has as long as it had");
        }
        self.trouble.note_success();
        Ok(())
    }

    /// Tells the caller, after everything that follows from the answer.
    fn reply(&self, job: Job, result: Result<Answer, WriteError>) {
        if job.command.changes_keys() {
            self.keys.invalidate();
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        if let Err(WriteError::Storage(error) | WriteError::Unknown(error)) = &result {
            self.trouble.note_failed_write(error);
        }
        let _ = job.reply.send(result);
    }

    /// Runs jobs from the front in one transaction. Answers how long the commit took, or the jobs
    /// it had begun when all had to be undone.
    async fn run_together(
        &self,
        waiting: &mut VecDeque<Job>,
        last_commit: Duration,
    ) -> Result<Duration, Vec<Job>> {
        if waiting.is_empty() {
            return Ok(Duration::ZERO);
        }
        match self.run_batch(waiting.make_contiguous(), last_commit).await {
            Ok(Batch { answers, commit }) => {
                for (job, answer) in waiting.drain(..answers.len()).zip(answers) {
                    self.reply(job, Ok(answer));
                }
                Ok(commit)
            }
            Err(Undone { begun, why: UndoCause::Lost(error) }) => {
                tracing::warn!(%error, commands = begun, "whether a batch was written is not known");
                for job in waiting.drain(..begun) {
                    self.reply(job, Err(WriteError::Unknown(error.clone())));
                }
                Ok(Duration::ZERO)
            }
            Err(Undone { begun, why }) => {
                why.log(begun);
                Err(waiting.drain(..begun).collect())
            }
        }
    }

    async fn run_batch(&self, jobs: &[Job], last_commit: Duration) -> Result<Batch, Undone> {
        let started = Instant::now();
        let all = |why| Undone { begun: jobs.len(), why };
        let tx = self.begin(jobs.len()).await.map_err(|e| all(UndoCause::Database("begin", e)))?;
        let mut known = match recall(&tx, jobs).await {
            Ok(known) => known,
            Err(error) => {
                roll_back(tx).await;
                return Err(all(UndoCause::Database("recall", error)));
            }
        };
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            match answer(&tx, job, &mut known).await {
                Ok(answer) => answers.push(answer),
                Err(why) => {
                    roll_back(tx).await;
                    return Err(Undone { begun: answers.len() + 1, why });
                }
            }
            if answers.len() >= MIN_BATCH && started.elapsed() >= last_commit {
                break;
            }
        }
        let committing = Instant::now();
        match self.commit(tx).await {
            Ok(()) => Ok(Batch { answers, commit: committing.elapsed() }),
            Err(error) => {
                let is_lost = fault(&error) == Fault::Unreachable;
                let database = |error| UndoCause::Database("commit", error);
                let why = if is_lost { UndoCause::Lost(error) } else { database(error) };
                Err(Undone { begun: answers.len(), why })
            }
        }
    }

    /// Runs one command in a transaction of its own.
    async fn run_alone(&self, job: &Job) -> Result<Answer, WriteError> {
        let tx = self.begin(1).await?;
        let known = recall(&tx, std::slice::from_ref(job)).await?;
        if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(&known, key)) {
            tx.rollback().await?;
            return Ok(answer);
        }
        let (tx, answer) = match job.command.run(&tx).await {
            Ok(answer) => (tx, answer),
            Err(RunError::Refused(refusal)) => {
                let unchanged = self.without_changes(tx, job).await?;
                let Some(tx) = unchanged else { return Ok(refusal.answer()) };
                (tx, refusal.answer())
            }
            Err(RunError::Failed(error)) => {
                roll_back(tx).await;
                return Err(error);
            }
        };
        keep(&tx, job, &answer);
        self.commit(tx).await.map_err(|error| {
            let is_lost = fault(&error) == Fault::Unreachable;
            if is_lost { WriteError::Unknown(error) } else { WriteError::Storage(error) }
        })?;
        Ok(answer)
    }

    /// A transaction in which a refused command has changed nothing, to keep its answer in: a new
    /// one only if there is something to undo, and none if the answer is not kept.
    async fn without_changes(&self, tx: Tx, job: &Job) -> Result<Option<Tx>, DbErr> {
        if job.kept_under().is_none() {
            tx.rollback().await?;
            return Ok(None);
        }
        if !tx.take_dirty() {
            return Ok(Some(tx));
        }
        tx.rollback().await?;
        self.begin(1).await.map(Some)
    }
}

/// What a batch has come to.
struct Batch {
    /// In the order of its jobs; those beyond it were not begun.
    answers: Vec<Answer>,
    /// How long the commit took.
    commit: Duration,
}

/// A batch was undone.
struct Undone {
    /// How many of its jobs had begun.
    begun: usize,
    why: UndoCause,
}

/// Why a batch is undone.
enum UndoCause {
    /// It may have been done: the database was lost while it committed.
    Lost(DbErr),
    /// A step that is nobody's in particular failed.
    Database(&'static str, DbErr),
    /// A command failed.
    Failed(WriteError),
    /// A command was refused after it had changed something.
    Refused(Refusal),
}

impl UndoCause {
    fn log(&self, commands: usize) {
        const WHAT: &str = "a batch was undone; its commands run again, each alone";
        match self {
            Self::Lost(error) => tracing::warn!(%error, commands, "{WHAT}"),
            Self::Database(step, error) => tracing::warn!(%error, step, commands, "{WHAT}"),
            Self::Failed(error) => tracing::warn!(%error, commands, "{WHAT}"),
            Self::Refused(refusal) => tracing::debug!(%refusal, commands, "{WHAT}"),
        }
    }
}

/// Undoes a transaction that has failed. What cannot be undone was not done: SQLite commits
/// nothing by itself.
async fn roll_back(tx: Tx) {
    if let Err(error) = tx.rollback().await {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}

/// Keeps an answer for repeats of its request.
fn keep(tx: &Tx, job: &Job, answer: &Answer) {
    if let Some(key) = job.kept_under() {
        idempotency::keep(tx, key, answer);
    }
}

/// Answers by idempotency key, with the hash of the request they answered.
type Known = HashMap<(Caller, String), (String, Answer)>;

async fn recall(tx: &Tx, jobs: &[Job]) -> Result<Known, DbErr> {
    let keys: Vec<&Idempotency> = jobs.iter().filter_map(|job| job.idempotency.as_ref()).collect();
    idempotency::recall(tx.db(), &keys).await
}

fn replay(known: &Known, idempotency: &Idempotency) -> Option<Answer> {
    let (hash, answer) = known.get(&(idempotency.caller.clone(), idempotency.key.clone()))?;
    Some(if *hash == idempotency.request_hash {
        Answer { replayed: true, ..answer.clone() }
    } else {
        Refusal::key_reused().answer()
    })
}

async fn answer(tx: &Tx, job: &Job, known: &mut Known) -> Result<Answer, UndoCause> {
    if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(known, key)) {
        return Ok(answer);
    }
    tx.take_dirty();
    let answer = match job.command.run(tx).await {
        Ok(answer) => answer,
        Err(RunError::Refused(refusal)) if !tx.take_dirty() => refusal.answer(),
        Err(RunError::Refused(refusal)) => return Err(UndoCause::Refused(refusal)),
        Err(RunError::Failed(error)) => return Err(UndoCause::Failed(error)),
    };
    keep(tx, job, &answer);
    if let Some(key) = job.kept_under() {
        let (hash, caller) = (key.request_hash.clone(), key.caller.clone());
        known.insert((caller, key.key.clone()), (hash, answer.clone()));
    }
    Ok(answer)
}
