//! What waits to be written: commands, and rows of the request log.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::entity::request_log::ActiveModel;
use crate::writer::WriteError;
use crate::writer::job::Job;

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
    /// what a transaction holds.
    Some,
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
    is_closed: bool,
}

impl State {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.logs.is_empty()
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
                if !state.is_empty() || state.is_closed {
                    return !state.is_empty();
                }
            }
            arrived.await;
        }
    }

    /// Gives out what is to be written next: commands that may share a transaction until there are
    /// `most`, and some rows of the log.
    pub fn take(&self, commands: &mut VecDeque<Job>, most: usize, rows: usize) -> Vec<ActiveModel> {
        let mut state = self.state();
        while commands.len() < most {
            let Some(job) = self.next(&mut state, commands.is_empty()) else { break };
            commands.push_back(job);
            if self.grouping == Grouping::Some
                && commands.front().is_some_and(|first| !first.command.groups())
            {
                break;
            }
        }
        let rows = state.logs.len().min(rows);
        let rows = state.logs.drain(..rows).collect();
        let is_empty = state.is_empty();
        drop(state);
        if !is_empty {
            // Whoever else is free need not wait for the one who takes this.
            self.arrived.notify_one();
        }
        rows
    }

    fn next(&self, state: &mut State, is_first: bool) -> Option<Job> {
        match self.grouping {
            Grouping::Some if !is_first => {
                let at = state.jobs.iter().position(|job| job.command.groups())?;
                state.jobs.remove(at)
            }
            Grouping::All | Grouping::Some => state.jobs.pop_front(),
        }
    }
}
