//! What writes: one thread where nobody else does, several tasks beside other servers.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::domain::Refusal;
use crate::store::Database;
use crate::store::dialect::{Fault, fault, is_in_others_hands};
use crate::store::idempotency::{self, Answer, Caller, Idempotency};
use crate::store::{InPlace, Keys, LogLimit, Tx, request_log};
use crate::writer::WriteError;
use crate::writer::job::{Job, RunError};
use crate::writer::queue::{MIN_BATCH, Queue};
use crate::writer::retry::Tries;
use crate::writer::trouble::Trouble;

/// Request log rows written between two batches: few, so that no caller waits for them.
const LOG_ROWS: usize = 128;

/// One that writes, and what it needs.
#[derive(Clone)]
pub(super) struct Worker {
    /// The connection whose commits are on disk when they return.
    pub db: Database,
    /// The connections for request log rows.
    pub relaxed: Database,
    /// The time.
    pub clock: Clock,
    /// Leases and limits.
    pub timings: Timings,
    /// Forgotten when an agent changes.
    pub keys: Keys,
    /// Where what is written will be found again.
    pub in_place: Option<Arc<InPlace>>,
    /// Counts the commands that were answered.
    pub answered: Arc<AtomicU64>,
    /// Whether the database takes writes.
    pub trouble: Trouble,
    /// Told of each commit.
    pub committed: watch::Sender<()>,
}

impl Worker {
    /// Writes until the queue is closed and empty.
    pub async fn work(self, queue: Arc<Queue>, mut log_limit: Option<LogLimit>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        let mut last_commit = Duration::ZERO;
        while !waiting.is_empty() || queue.has_more().await {
            let logs = queue.take(&mut waiting, LOG_ROWS);
            let is_group = waiting.front().is_some_and(|first| first.command.groups());
            let written = self.run_together(&mut waiting, last_commit).await;
            if is_group {
                queue.group_is_written();
            }
            match written {
                Ok(commit) => last_commit = commit,
                Err(undone) => {
                    for job in undone {
                        let result = self.run_alone(&job).await;
                        self.reply(job, result);
                    }
                }
            }
            let rows = logs.len();
            if let Err(error) = request_log::insert(&self.relaxed, logs).await {
                self.trouble.note_damage(&error);
                tracing::warn!(%error, "request log rows were lost");
            }
            queue.log_rows_done(rows);
            if let Some(limit) = &mut log_limit {
                limit.keep().await;
            }
        }
    }

    /// Begins a transaction.
    async fn begin(&self, commands: usize) -> Result<Tx, DbErr> {
        self.in_place.as_deref().map_or(Ok(()), InPlace::look)?;
        Tx::begin(&self.db, &self.clock, self.timings.clone(), commands).await
    }

    /// Commits. What the transaction took for the time is the time from now on.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when the database was lost meanwhile.
    async fn commit(&self, tx: Tx) -> Result<(), WriteError> {
        let came_ahead = tx.came_ahead;
        tx.commit().await.map_err(|error| {
            let is_lost = fault(&error) == Fault::Unreachable;
            if is_lost { WriteError::Unknown(error) } else { WriteError::Storage(error) }
        })?;
        if let Some(step) = came_ahead {
            self.clock.take(step);
            tracing::info!(?step, "time has come ahead; every lease has as long as it had");
        }
        self.trouble.note_success();
        self.committed.send_replace(());
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
    /// that are to run alone: all it had begun when they had to be undone, or those left out.
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
                let mut left_out = Vec::new();
                for (job, answer) in waiting.drain(..answers.len()).zip(answers) {
                    match answer {
                        Some(answer) => self.reply(job, Ok(answer)),
                        None => left_out.push(job),
                    }
                }
                if left_out.is_empty() { Ok(commit) } else { Err(left_out) }
            }
            Err(Undone { begun, why }) => {
                why.log(begun);
                let mut undone: Vec<Job> = waiting.drain(..begun).collect();
                if let UndoCause::Lost(error) = why {
                    // What has a key finds its answer under it, or runs.
                    let (kept, others) =
                        undone.into_iter().partition(|job| job.kept_under().is_some());
                    undone = kept;
                    for job in others {
                        self.reply(job, Err(WriteError::Unknown(error.clone())));
                    }
                }
                Err(undone)
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
            Err(error) => Err(Undone { begun: answers.len(), why: error.into() }),
        }
    }

    /// Runs one command in a transaction of its own, again while that may help.
    async fn run_alone(&self, job: &Job) -> Result<Answer, WriteError> {
        let mut tries = Tries::since(job.since);
        loop {
            let result = self.try_alone(job).await;
            let Err(error) = &result else { return result };
            let Some(pause) = tries.again(error, job.kept_under().is_some()) else { return result };
            tracing::debug!(%error, "a command runs again");
            sleep(pause).await;
        }
    }

    async fn try_alone(&self, job: &Job) -> Result<Answer, WriteError> {
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
        self.commit(tx).await?;
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
    /// In the order of its jobs; those beyond it were not begun. None for one that was left out: it
    /// changed nothing, and is to run alone.
    answers: Vec<Option<Answer>>,
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
    /// A command or the commit failed.
    Failed(WriteError),
    /// A command was refused after it had changed something.
    Refused(Refusal),
}

impl From<WriteError> for UndoCause {
    fn from(error: WriteError) -> Self {
        if let WriteError::Unknown(error) = error { Self::Lost(error) } else { Self::Failed(error) }
    }
}

impl UndoCause {
    fn log(&self, commands: usize) {
        const WHAT: &str = "a batch was undone; its commands run again, each alone";
        match self {
            Self::Lost(error) => {
                tracing::warn!(%error, commands, "whether a batch was written is not known");
            }
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

/// Runs a command of a batch. None when all it could have taken is in others' hands: what the batch
/// holds must not wait for them.
async fn answer(tx: &Tx, job: &Job, known: &mut Known) -> Result<Option<Answer>, UndoCause> {
    if let Some(answer) = job.idempotency.as_ref().and_then(|key| replay(known, key)) {
        return Ok(Some(answer));
    }
    if !job.command.groups() {
        tx.hand_out().await.map_err(|error| UndoCause::Database("claim", error))?;
    }
    tx.take_dirty();
    let answer = match job.command.run(tx).await {
        Ok(answer) => answer,
        Err(RunError::Refused(refusal)) if !tx.take_dirty() => refusal.answer(),
        Err(RunError::Refused(refusal)) => return Err(UndoCause::Refused(refusal)),
        Err(RunError::Failed(WriteError::Storage(error)))
            if is_in_others_hands(&error) && !tx.take_dirty() =>
        {
            return Ok(None);
        }
        Err(RunError::Failed(error)) => return Err(error.into()),
    };
    keep(tx, job, &answer);
    if let Some(key) = job.kept_under() {
        let (hash, caller) = (key.request_hash.clone(), key.caller.clone());
        known.insert((caller, key.key.clone()), (hash, answer.clone()));
    }
    Ok(Some(answer))
}
