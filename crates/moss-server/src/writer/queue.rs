//! What waits to be written: commands, and rows of the request log.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::entity::request_log::ActiveModel;
use crate::writer::WriteError;
use crate::writer::job::Job;

/// A batch takes this many commands, and more while it has worked no longer than the last commit
/// took. So a slow disk gets large batches, and a fast one small ones: while one batch is
/// written, the requests of the next are read.
pub(super) const MIN_BATCH: usize = 32;

/// Commands waiting before callers are told to come back.
const MAX_WAITING: usize = 4_096;

/// Rows of the request log waiting before more are dropped.
const MAX_LOG_ROWS: usize = 65_536;

/// Which commands share a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    /// Whatever arrives together: nobody else writes.
    All,
    /// Those alone that [say so](crate::domain::Command::GROUPS): others write, too, and wait for
    /// what a transaction holds. One group is written at a time, so that what arrives meanwhile is
    /// the next: a commit for many, in place of a commit for each.
    Some,
}

impl Grouping {
    /// Most commands in one transaction.
    fn most(self) -> usize {
        match self {
            Self::All => 128,
            // As many as a batch takes at least: none is left over for the next.
            Self::Some => MIN_BATCH,
        }
    }
}

/// What waits, for as many writers as there are.
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Notify,
    grouping: Grouping,
    /// Rows of the request log that are not written yet.
    log_rows: AtomicUsize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    logs: VecDeque<ActiveModel>,
    /// Somebody writes a group.
    has_group_out: bool,
    is_closed: bool,
}

impl State {
    /// Whether there is something that may be begun now.
    fn has_some(&self) -> bool {
        !self.logs.is_empty() || self.jobs.iter().any(|job| self.may_begin(job))
    }

    fn may_begin(&self, job: &Job) -> bool {
        !(self.has_group_out && job.command.groups())
    }
}

impl Queue {
    pub fn new(grouping: Grouping) -> Self {
        Self {
            state: Mutex::default(),
            arrived: Notify::new(),
            grouping,
            log_rows: AtomicUsize::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a command at the end.
    ///
    /// # Errors
    /// When it is full or closed.
    pub fn push(&self, job: Job) -> Result<(), WriteError> {
        let mut state = self.state();
        if state.is_closed || state.jobs.len() >= MAX_WAITING {
            return Err(WriteError::Unavailable);
        }
        state.jobs.push_back(job);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Adds rows of the request log; what does not fit is dropped.
    pub fn push_logs(&self, rows: Vec<ActiveModel>) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let room = MAX_LOG_ROWS.saturating_sub(state.logs.len());
        self.log_rows.fetch_add(rows.len().min(room), Ordering::SeqCst);
        state.logs.extend(rows.into_iter().take(room));
        drop(state);
        self.arrived.notify_one();
    }

    /// Notes that so many of the rows that were given out are written, or lost.
    pub fn log_rows_done(&self, rows: usize) {
        self.log_rows.fetch_sub(rows, Ordering::SeqCst);
    }

    /// How many rows are not written yet.
    pub fn log_rows(&self) -> usize {
        self.log_rows.load(Ordering::SeqCst)
    }

    /// Takes no more. What is there is still given out.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.arrived.notify_waiters();
    }

    /// Waits until there is something; false when there never will be.
    pub async fn has_more(&self) -> bool {
        loop {
            let mut arrived = pin!(self.arrived.notified());
            // From here on nothing that arrives is missed.
            arrived.as_mut().enable();
            {
                let state = self.state();
                if state.has_some() {
                    return true;
                }
                if state.is_closed && state.jobs.is_empty() {
                    // Those who waited for a group to be written find it so, too.
                    self.arrived.notify_waiters();
                    return false;
                }
            }
            arrived.await;
        }
    }

    /// Gives out what is to be written next: commands that may share a transaction, as many as fit
    /// in, and some rows of the log. Whoever has taken a group [says](Self::group_is_written) when it
    /// is written.
    pub fn take(&self, commands: &mut VecDeque<Job>, rows: usize) -> Vec<ActiveModel> {
        let mut state = self.state();
        while commands.len() < self.grouping.most() {
            let Some(job) = self.next(&mut state, commands.front()) else { break };
            commands.push_back(job);
        }
        let rows = state.logs.len().min(rows);
        let rows = state.logs.drain(..rows).collect();
        let has_some = state.has_some();
        drop(state);
        if has_some {
            // Whoever else is free need not wait for the one who takes this.
            self.arrived.notify_one();
        }
        rows
    }

    /// The group that was taken is written, or given up: the next may begin.
    pub fn group_is_written(&self) {
        self.state().has_group_out = false;
        self.arrived.notify_one();
    }

    fn next(&self, state: &mut State, first: Option<&Job>) -> Option<Job> {
        let at = match (self.grouping, first) {
            (Grouping::All, _) => 0,
            (Grouping::Some, None) => state.jobs.iter().position(|job| state.may_begin(job))?,
            (Grouping::Some, Some(first)) if first.command.groups() => {
                state.jobs.iter().position(|job| job.command.groups())?
            }
            (Grouping::Some, Some(_)) => return None,
        };
        let job = state.jobs.remove(at)?;
        state.has_group_out |= self.grouping == Grouping::Some && job.command.groups();
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;
    use crate::domain::{Command, Error};
    use crate::store::Tx;

    struct Grouped;

    impl Command for Grouped {
        type Output = ();
        const GROUPS: bool = true;

        async fn run(&self, _: &Tx) -> Result<(), Error> {
            Ok(())
        }
    }

    fn job() -> Job {
        let (reply, _) = oneshot::channel();
        Job { command: Box::new(Grouped), idempotency: None, reply, since: Instant::now() }
    }

    async fn work(queue: Arc<Queue>) -> usize {
        let mut done = 0;
        while queue.has_more().await {
            let mut commands = VecDeque::new();
            queue.take(&mut commands, 0);
            done += commands.len();
            if !commands.is_empty() {
                queue.group_is_written();
            }
        }
        done
    }

    #[tokio::test]
    async fn what_waits_when_it_is_closed_is_given_out_and_then_all_writers_end() {
        let queue = Arc::new(Queue::new(Grouping::Some));
        let mut group = VecDeque::new();
        queue.push(job()).unwrap();
        queue.take(&mut group, 0);
        queue.push(job()).unwrap();
        let writers: Vec<_> = (0..5).map(|_| tokio::spawn(work(queue.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        queue.close();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(group.len(), 1);
        queue.group_is_written();
        let mut done = 0;
        for writer in writers {
            let ended = timeout(Duration::from_secs(5), writer).await;
            done += ended.expect("a writer waits for ever").unwrap();
        }
        assert_eq!(done, 1);
    }
}
