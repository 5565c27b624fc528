//! The one writer. What arrives together shares one transaction and one fsync; each caller keeps
//! its own answer (invariants 4 and 8).
//!
//! A command that fails after it changed something must not take its neighbours along, and they
//! must not carry its half: the whole batch is rolled back and every command runs again in a
//! transaction of its own. Commands are therefore values that can run twice.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::events;
use super::{Store, Tx};
use crate::clock::Clock;
use crate::domain::Refusal;
use crate::policy::Policy;

/// Most commands in one transaction: bounds how long the first waits for the last.
const MAX_BATCH: usize = 128;
/// Commands waiting for the writer before callers are told to come back.
const QUEUE: usize = 4_096;

/// Who sends a write, for idempotency: an agent's id, or `admin`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller(pub String);

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
}

/// What the queue holds: a command with its output type erased.
trait Erased: Send + Sync {
    fn run<'a>(
        &'a self,
        tx: &'a Tx,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RunError>> + Send + 'a>>;
    fn secret(&self) -> bool;
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
}

struct Job {
    command: Box<dyn Erased>,
    idempotency: Option<Idempotency>,
    reply: oneshot::Sender<Result<Answer, WriteError>>,
}

enum Message {
    Write(Job),
    Logs(Vec<super::entity::request_log::ActiveModel>),
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
    pub fn log_requests(&self, rows: Vec<super::entity::request_log::ActiveModel>) {
        if let Some(queue) = self.writer.queue() {
            let _ = queue.try_send(Message::Logs(rows));
        }
    }
}

impl Writer {
    pub(super) fn start(db: DatabaseConnection, clock: Clock, policy: Policy) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let task = tokio::spawn(work(db, clock, policy, jobs));
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

async fn work(
    db: DatabaseConnection,
    clock: Clock,
    policy: Policy,
    mut queue: mpsc::Receiver<Message>,
) {
    let mut messages = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut messages, MAX_BATCH).await > 0 {
        let mut jobs = Vec::new();
        for message in messages.drain(..) {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Logs(rows) => {
                    if let Err(error) = write_logs(&db, rows).await {
                        tracing::warn!(%error, "request log rows were lost");
                    }
                }
            }
        }
        if jobs.len() > 1 {
            jobs = run_together(&db, &clock, &policy, jobs).await;
        }
        for job in jobs {
            run_alone(&db, &clock, &policy, job).await;
        }
    }
    let _ = db.close().await;
}

async fn write_logs(
    db: &DatabaseConnection,
    rows: Vec<super::entity::request_log::ActiveModel>,
) -> Result<(), DbErr> {
    // In WAL mode a commit at NORMAL appends without an fsync; the next FULL commit covers it.
    db.execute_unprepared("PRAGMA synchronous=NORMAL").await?;
    let written = events::insert_request_logs(db, rows).await;
    db.execute_unprepared("PRAGMA synchronous=FULL").await?;
    written
}

async fn begin(db: &DatabaseConnection, clock: &Clock, policy: &Policy) -> Result<Tx, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await?;
    Ok(Tx::new(tx, clock.now(), policy.clone()))
}

/// Runs a batch in one transaction. Gives back the jobs when it had to be undone.
async fn run_together(
    db: &DatabaseConnection,
    clock: &Clock,
    policy: &Policy,
    jobs: Vec<Job>,
) -> Vec<Job> {
    let Ok(tx) = begin(db, clock, policy).await else { return jobs };
    let Ok(mut known) = recall(&tx, &jobs).await else {
        let _ = tx.rollback().await;
        return jobs;
    };
    let mut answers = Vec::with_capacity(jobs.len());
    for job in &jobs {
        match answer(&tx, job, &mut known).await {
            Ok(answer) => answers.push(answer),
            Err(Undo) => {
                let _ = tx.rollback().await;
                return jobs;
            }
        }
    }
    if tx.commit().await.is_err() {
        return jobs;
    }
    for (job, answer) in jobs.into_iter().zip(answers) {
        let _ = job.reply.send(Ok(answer));
    }
    Vec::new()
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
    if let Some(key) = job.idempotency.as_ref().filter(|_| !job.command.secret()) {
        events::keep_answer(tx, key, &answer);
        known.insert(
            (key.caller.clone(), key.key.clone()),
            (key.request_hash.clone(), answer.clone()),
        );
    }
    Ok(answer)
}

async fn run_alone(db: &DatabaseConnection, clock: &Clock, policy: &Policy, job: Job) {
    let result = alone(db, clock, policy, &job).await;
    let _ = job.reply.send(result);
}

async fn alone(
    db: &DatabaseConnection,
    clock: &Clock,
    policy: &Policy,
    job: &Job,
) -> Result<Answer, WriteError> {
    let storage = WriteError::Storage;
    let tx = begin(db, clock, policy).await.map_err(storage)?;
    let known = recall(&tx, std::slice::from_ref(job)).await.map_err(storage)?;
    if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(&known, key)) {
        tx.rollback().await.map_err(storage)?;
        return Ok(answer);
    }
    let keep = |tx: &Tx, answer: &Answer| {
        if let Some(key) = job.idempotency.as_ref().filter(|_| !job.command.secret()) {
            events::keep_answer(tx, key, answer);
        }
    };
    match job.command.run(&tx).await {
        Ok(answer) => {
            keep(&tx, &answer);
            tx.commit().await.map_err(storage)?;
            Ok(answer)
        }
        Err(RunError::Refused(refusal)) => {
            tx.rollback().await.map_err(storage)?;
            let answer = refusal.answer();
            if job.idempotency.is_some() {
                let tx = begin(db, clock, policy).await.map_err(storage)?;
                keep(&tx, &answer);
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
