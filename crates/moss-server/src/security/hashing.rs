//! Hashing passwords takes 19 MiB and a core on purpose: one at a time, a few in line, whoever
//! asks.
//!
//! It is done on one thread of its own: what it needs is then needed once, where a thread a hash
//! would keep it for each of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};

use crate::security::password::Memory;

/// How many may stand in line, the one whose turn it is included.
const LINE: usize = 4;

/// Which line somebody stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Those nobody knows.
    Strangers,
    /// Those who were let in before: strangers cannot fill this one.
    Known,
}

/// Too many are waiting.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The lines and the thread.
pub struct Hashing {
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
    turn: Arc<Mutex<()>>,
    jobs: mpsc::Sender<Job>,
}

impl Default for Hashing {
    fn default() -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        // Where no thread can be had, every job is refused as if too many were waiting.
        let _ = std::thread::Builder::new().name("hashing".to_owned()).spawn(move || {
            let mut memory = Memory::default();
            for job in queue {
                let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
            }
        });
        let line = || Arc::new(Semaphore::new(LINE));
        Self { strangers: line(), known: line(), turn: Arc::default(), jobs }
    }
}

/// Whose turn it is: nobody else hashes until this is dropped.
pub struct Turn {
    jobs: mpsc::Sender<Job>,
    _turn: OwnedMutexGuard<()>,
    _place: OwnedSemaphorePermit,
}

impl Hashing {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Busy`] when too many wait in this line.
    pub async fn turn(&self, line: Line) -> Result<Turn, Busy> {
        let line = match line {
            Line::Strangers => &self.strangers,
            Line::Known => &self.known,
        };
        let place = line.clone().try_acquire_owned().map_err(|_| Busy)?;
        let turn = self.turn.clone().lock_owned().await;
        Ok(Turn { jobs: self.jobs.clone(), _turn: turn, _place: place })
    }
}

impl Turn {
    /// Does the work. The turn goes with it and comes back with the result: when the caller goes
    /// away in the middle, the next one's turn comes only when this work is over.
    ///
    /// # Errors
    /// [`Busy`] when there is no thread to do it.
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<(Self, T), Busy> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.clone();
        let job = move |memory: &mut Memory| {
            if !answer.is_closed() {
                let done = work(memory);
                let _ = answer.send((self, done));
            }
        };
        jobs.send(Box::new(job)).map_err(|_| Busy)?;
        answered.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn the_line_is_short_and_the_known_have_their_own() {
        let hashing = Hashing::default();
        let first = hashing.turn(Line::Strangers).await.unwrap();
        let waiting: Vec<_> = (1..LINE)
            .map(|_| {
                let place = hashing.strangers.clone().try_acquire_owned();
                place.unwrap()
            })
            .collect();
        assert_eq!(hashing.turn(Line::Strangers).await.err(), Some(Busy));
        drop(first);
        let known = hashing.turn(Line::Known).await.unwrap();
        let (_turn, two) = known.run(|_| 1 + 1).await.unwrap();
        assert_eq!((two, waiting.len()), (2, LINE - 1));
    }

    #[tokio::test]
    async fn who_goes_away_leaves_one_at_a_time() {
        static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let hashing = Arc::new(Hashing::default());
        let work = |_: &mut Memory| {
            MOST.fetch_max(AT_ONCE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            AT_ONCE.fetch_sub(1, Ordering::SeqCst);
        };
        for _ in 0..5 {
            let asked = async { hashing.turn(Line::Strangers).await.unwrap().run(work).await };
            // Gone before it is done.
            assert!(tokio::time::timeout(Duration::from_millis(5), asked).await.is_err());
        }
        hashing.turn(Line::Strangers).await.unwrap().run(work).await.unwrap();
        assert_eq!(MOST.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_panic_ends_no_more_than_its_own_work() {
        let hashing = Hashing::default();
        let turn = hashing.turn(Line::Known).await.unwrap();
        assert!(turn.run(|_| panic!("as tested")).await.is_err());
        let turn = hashing.turn(Line::Known).await.unwrap();
        assert_eq!(turn.run(|_| 7).await.unwrap().1, 7);
    }
}
