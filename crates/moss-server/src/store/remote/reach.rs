//! Whether the database is reached. While it is not, nobody waits for it: one caller now and then
//! tries, and all others are told at once.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbErr, RuntimeErr};
use tokio::time::{sleep, timeout};

use crate::config::RemoteAddress;
use crate::store::dialect::{Fault, fault};
use crate::store::remote::connect::knock;

/// After how long without an answer it is looked whether the database is there at all. With
/// [`LOOK`] it is below the two seconds within which every caller is told.
const SILENCE: Duration = Duration::from_millis(700);
/// How long that look may take.
const LOOK: Duration = Duration::from_millis(800);
/// Longest an answer is waited for from a database that is there, a little longer than it lets
/// itself take.
pub(super) const LONGEST: Duration = Duration::from_secs(12);
/// The same of who makes the tables, or reads or writes all there is.
pub(super) const LONGEST_OF_ALL: Duration = Duration::from_secs(60 * 60);
/// How long connections are looked at before they are used after one was lost: longer than one is
/// used without a look otherwise.
const DOUBT: Duration = Duration::from_secs(2);
/// How long it is not tried again after it was not reached, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// Whether the database is reached, for all connections to it.
#[derive(Debug)]
pub(in crate::store) struct Reach {
    address: RemoteAddress,
    longest: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When it answered last.
    answered: Instant,
    /// When a connection was lost last.
    one_lost: Option<Instant>,
    lost: Option<Lost>,
}

#[derive(Debug)]
struct Lost {
    since: Instant,
    pause: Duration,
    again: Instant,
}

impl Reach {
    /// For connections that wait for an answer this long at most.
    pub(super) fn new(address: RemoteAddress, longest: Duration) -> Arc<Self> {
        let state = State { answered: Instant::now(), one_lost: None, lost: None };
        Arc::new(Self { address, longest, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an answer, unless the database is not reached.
    pub(super) async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        self.may_ask()?;
        self.wait_for(question).await
    }

    /// Waits for an answer to what has to be asked in any case.
    pub(super) async fn wait_for<T>(
        &self,
        question: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let mut question = std::pin::pin!(question);
        let asked = Instant::now();
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut question => break answer,
                () = sleep(SILENCE) => {}
            }
            if asked.elapsed() > self.longest || !self.is_there().await {
                break Err(lost("it does not answer"));
            }
        };
        self.note(&answer);
        answer
    }

    /// Whether no connection was lost lately. Otherwise each is looked at before it is used.
    pub(super) fn is_well(&self) -> bool {
        let state = self.state();
        state.lost.is_none() && state.one_lost.is_none_or(|at| at.elapsed() > DOUBT)
    }

    fn may_ask(&self) -> Result<(), DbErr> {
        let mut state = self.state();
        let Some(down) = &mut state.lost else { return Ok(()) };
        let now = Instant::now();
        if now < down.again {
            return Err(lost("it was not reached a moment ago"));
        }
        down.pause = (down.pause * 2).min(LAST_PAUSE);
        down.again = now + down.pause;
        Ok(())
    }

    /// Whether the database answers anybody. A slow answer and a dead connection look alike; a new
    /// connection tells them apart.
    async fn is_there(&self) -> bool {
        if self.state().answered.elapsed() < SILENCE {
            return true;
        }
        match timeout(LOOK, knock(&self.address)).await {
            Ok(Ok(_)) => {
                self.state().answered = Instant::now();
                true
            }
            Ok(Err(error)) => {
                let error = DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
                fault(&error) != Fault::Unreachable
            }
            Err(_) => false,
        }
    }

    /// Notes what came of a question. One connection may be lost while the database is there, so
    /// only what no connection could be had for counts.
    fn note<T>(&self, answer: &Result<T, DbErr>) {
        let mut state = self.state();
        let now = Instant::now();
        let error = match answer {
            Err(error) if fault(error) == Fault::Unreachable => error,
            Ok(_) | Err(_) => {
                state.answered = now;
                if let Some(lost) = state.lost.take() {
                    tracing::info!(after = ?lost.since.elapsed(), "the database is reached again");
                }
                return;
            }
        };
        state.one_lost = Some(now);
        // All may be in use.
        let timed_out = matches!(error, DbErr::ConnectionAcquire(_));
        let no_connection =
            matches!(error, DbErr::Conn(_)) || timed_out && state.answered.elapsed() > SILENCE;
        if !no_connection {
            return;
        }
        match &mut state.lost {
            // Whoever waited for this try does not begin another.
            Some(lost) => lost.again = now + lost.pause,
            None => {
                tracing::warn!(%error, "the database is not reached; it is tried again and again");
                let (pause, again) = (FIRST_PAUSE, now + FIRST_PAUSE);
                state.lost = Some(Lost { since: now, pause, again });
            }
        }
    }
}

/// The error of a question that was not answered.
fn lost(why: &str) -> DbErr {
    let error = io::Error::new(io::ErrorKind::TimedOut, why.to_owned());
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(error))))
}
