//! The one writer. What arrives together shares one transaction and one fsync; each caller keeps
//! its own answer (invariants 4 and 8).
//!
//! A command that fails after it changed something must not take its neighbours along, and they
//! must not carry its half: the whole batch is rolled back and every command runs again in a
//! transaction of its own. Commands are therefore values that can run twice.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{
    DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::timings::Policy;
use crate::domain::{ADMIN, Actor, Refusal};
use crate::store::entity::request_log;
use crate::store::key_cache::Keys;
use crate::store::{Store, Tx, events};

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

/// Who sends a write, for idempotency: an agent's id, `admin`, or `admin as ` an agent's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller(pub(super) String);

impl Caller {
    /// The person in charge.
    pub fn admin() -> Self {
        Self(ADMIN.to_owned())
    }
}

/// The keys of whoever acts in an agent's place are not the agent's.
impl From<&Actor> for Caller {
    fn from(actor: &Actor) -> Self {
        Self(match actor.acted_by() {
            None => actor.id.clone(),
            Some(who) => format!("{who} as {}", actor.id),
        })
    }
}

/// A caller's promise that a repeated request is the same request (invariant 8).
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key it is.
    pub caller: Caller,
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of method, path and body, hexadecimal: the same key for another request is refused.
    pub request_hash: String,
}

/// What a write answers: a success, or a refusal that will be repeated as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON; empty for 204.
    pub body: String,
    /// Whether this answers a repeated request.
    pub replayed: bool,
}

/// Why a write has no answer. Nothing was changed.
#[derive(Debug)]
pub enum WriteError {
    /// The queue is full, or the server is shutting down.
    Unavailable,
    /// The database refused.
    Storage(DbErr),
    /// A command's answer could not be written as JSON.
    Encoding(serde_json::Error),
}

/// One change to the work, as a value: what to do, and who does it. Runs inside a transaction,
/// possibly twice, and decides by guarded writes only.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Output: Serialize + Send;

    /// Does it.
    fn run(&self, tx: &Tx) -> impl Future<Output = Result<Self::Output, Refusal>> + Send;

    /// HTTP status of the answer.
    fn status(output: &Self::Output) -> u16 {
        let _ = output;
        200
    }

    /// Whether the answer holds a secret and must not be kept for repeats.
    const SECRET: bool = false;

    /// Whether it changes who a key belongs to or what its owner may do.
    const CHANGES_KEYS: bool = false;
}

/// What the queue holds: a command with its output type erased.
trait Erased: Send + Sync {
    fn run<'a>(
        &'a self,
        tx: &'a Tx,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RunError>> + Send + 'a>>;
    fn secret(&self) -> bool;
    fn changes_keys(&self) -> bool;
}

enum RunError {
    Refused(Refusal),
    Failed(WriteError),
}

impl<C: Command> Erased for C {
    fn run<'a>(
        &'a self,
        tx: &'a Tx,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RunError>> + Send + 'a>> {
        Box::pin(async move {
            let output = Command::run(self, tx).await.map_err(|refusal| match refusal.storage {
                Some(error) => RunError::Failed(WriteError::Storage(error)),
                None => RunError::Refused(refusal),
            })?;
            let status = C::status(&output);
            let body = if status == 204 {
                String::new()
            } else {
                serde_json::to_string(&output)
                    .map_err(|e| RunError::Failed(WriteError::Encoding(e)))?
            };
            Ok(Answer { status, body, replayed: false })
        })
    }

    fn secret(&self) -> bool {
        C::SECRET
    }

    fn changes_keys(&self) -> bool {
        C::CHANGES_KEYS
    }
}

struct Job {
    command: Box<dyn Erased>,
    idempotency: Option<Idempotency>,
    reply: oneshot::Sender<Result<Answer, WriteError>>,
}

enum Message {
    Write(Job),
    Logs(Vec<request_log::ActiveModel>),
}

impl Message {
    fn sort(self, jobs: &mut VecDeque<Job>, logs: &mut VecDeque<request_log::ActiveModel>) {
        match self {
            Self::Write(job) => jobs.push_back(job),
            Self::Logs(rows) => logs.extend(rows),
        }
    }
}

/// Handle to the writing task.
pub struct Writer {
    queue: std::sync::Mutex<Option<mpsc::Sender<Message>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Store {
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
        let queue = self.writer.queue().ok_or(WriteError::Unavailable)?;
        queue.try_send(Message::Write(job)).map_err(|_| WriteError::Unavailable)?;
        answer.await.unwrap_or(Err(WriteError::Unavailable))
    }

    /// Hands over request log rows. They are written soon, without an fsync of their own: losing
    /// the last second of them with the power is accepted.
    pub fn log_requests(&self, rows: Vec<request_log::ActiveModel>) {
        if let Some(queue) = self.writer.queue() {
            let _ = queue.try_send(Message::Logs(rows));
        }
    }
}

impl Writer {
    pub(super) fn start(worker: Worker) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let task = tokio::spawn(async move {
            if let Err(error) = tokio::spawn(worker.work(jobs)).await {
                // Without its writer a server only looks alive. Whoever keeps it running starts
                // it again; what was answered is on disk.
                tracing::error!(%error, "the writer is gone; stopping");
                std::process::exit(70);
            }
        });
        Self {
            queue: std::sync::Mutex::new(Some(queue)),
            task: tokio::sync::Mutex::new(Some(task)),
        }
    }

    fn queue(&self) -> Option<mpsc::Sender<Message>> {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Takes no more, finishes what was taken, and returns when that is on disk.
    pub(super) async fn stop(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// The task that writes, and what it needs.
pub(super) struct Worker {
    /// The connection whose commits are on disk when they return.
    pub db: DatabaseConnection,
    /// The connections for request log rows.
    pub relaxed: DatabaseConnection,
    /// The time.
    pub clock: Clock,
    /// Leases and limits.
    pub policy: Policy,
    /// Forgotten when an agent changes.
    pub keys: Keys,
    /// Counts the commands that were answered.
    pub answered: Arc<AtomicU64>,
}

impl Worker {
    async fn work(self, mut queue: mpsc::Receiver<Message>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        let mut logs: VecDeque<request_log::ActiveModel> = VecDeque::new();
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
            if let Err(error) = events::insert_request_logs(&self.relaxed, rows).await {
                tracing::warn!(%error, "request log rows were lost");
            }
        }
        let _ = self.relaxed.close().await;
        let _ = self.db.close().await;
    }

    async fn begin(&self, commands: usize) -> Result<Tx, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.db.begin_with_options(options).await?;
        Ok(Tx::new(tx, self.clock.now(), self.policy.clone(), commands))
    }

    /// Tells the caller, after everything that follows from the answer.
    fn reply(&self, job: Job, result: Result<Answer, WriteError>) {
        if job.command.changes_keys() {
            self.keys.forget();
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        let _ = job.reply.send(result);
    }

    /// Runs jobs from the front in one transaction. Answers how long the commit took, or the jobs
    /// it had begun when all had to be undone.
    async fn run_together(
        &self,
        waiting: &mut VecDeque<Job>,
        last_commit: Duration,
    ) -> Result<Duration, Vec<Job>> {
        let undone = |waiting: &mut VecDeque<Job>, begun: usize| waiting.drain(..begun).collect();
        let started = Instant::now();
        if waiting.is_empty() {
            return Ok(Duration::ZERO);
        }
        let Ok(tx) = self.begin(waiting.len()).await else {
            return Err(undone(waiting, waiting.len()));
        };
        let Ok(mut known) = recall(&tx, waiting.make_contiguous()).await else {
            let _ = tx.rollback().await;
            return Err(undone(waiting, waiting.len()));
        };
        let mut answers = Vec::with_capacity(waiting.len());
        for job in waiting.iter() {
            let Ok(answer) = answer(&tx, job, &mut known).await else {
                let _ = tx.rollback().await;
                return Err(undone(waiting, answers.len() + 1));
            };
            answers.push(answer);
            if answers.len() >= MIN_BATCH && started.elapsed() >= last_commit {
                break;
            }
        }
        let committing = Instant::now();
        if tx.commit().await.is_err() {
            return Err(undone(waiting, answers.len()));
        }
        let commit = committing.elapsed();
        for (job, answer) in waiting.drain(..answers.len()).zip(answers) {
            self.reply(job, Ok(answer));
        }
        Ok(commit)
    }

    /// Runs one command in a transaction of its own.
    async fn run_alone(&self, job: &Job) -> Result<Answer, WriteError> {
        let storage = WriteError::Storage;
        let tx = self.begin(1).await.map_err(storage)?;
        let known = recall(&tx, std::slice::from_ref(job)).await.map_err(storage)?;
        if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(&known, key)) {
            tx.rollback().await.map_err(storage)?;
            return Ok(answer);
        }
        match job.command.run(&tx).await {
            Ok(answer) => {
                keep(&tx, job, &answer);
                tx.commit().await.map_err(storage)?;
                Ok(answer)
            }
            Err(RunError::Refused(refusal)) => {
                tx.rollback().await.map_err(storage)?;
                let answer = refusal.answer();
                if job.idempotency.is_some() {
                    let tx = self.begin(1).await.map_err(storage)?;
                    keep(&tx, job, &answer);
                    tx.commit().await.map_err(storage)?;
                }
                Ok(answer)
            }
            Err(RunError::Failed(error)) => {
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

/// Keeps an answer for repeats of its request.
fn keep(tx: &Tx, job: &Job, answer: &Answer) {
    if let Some(key) = job.idempotency.as_ref().filter(|_| !job.command.secret()) {
        events::keep_answer(tx, key, answer);
    }
}

/// The command failed in a way that needs its changes undone.
struct Undo;

/// Answers by idempotency key, with the hash of the request they answered.
type Known = HashMap<(Caller, String), (String, Answer)>;

async fn recall(tx: &Tx, jobs: &[Job]) -> Result<Known, DbErr> {
    let keys: Vec<&Idempotency> = jobs.iter().filter_map(|job| job.idempotency.as_ref()).collect();
    events::recall_answers(tx.db(), &keys).await
}

fn replay(known: &Known, idempotency: &Idempotency) -> Option<Answer> {
    let (hash, answer) = known.get(&(idempotency.caller.clone(), idempotency.key.clone()))?;
    Some(if *hash == idempotency.request_hash {
        Answer { replayed: true, ..answer.clone() }
    } else {
        Refusal::key_reused().answer()
    })
}

async fn answer(tx: &Tx, job: &Job, known: &mut Known) -> Result<Answer, Undo> {
    if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(known, key)) {
        return Ok(answer);
    }
    tx.take_touched();
    let answer = match job.command.run(tx).await {
        Ok(answer) => answer,
        Err(RunError::Refused(refusal)) if !tx.take_touched() => refusal.answer(),
        Err(RunError::Refused(_) | RunError::Failed(_)) => return Err(Undo),
    };
    keep(tx, job, &answer);
    if let Some(key) = job.idempotency.as_ref().filter(|_| !job.command.secret()) {
        let (hash, caller) = (key.request_hash.clone(), key.caller.clone());
        known.insert((caller, key.key.clone()), (hash, answer.clone()));
    }
    Ok(answer)
}
