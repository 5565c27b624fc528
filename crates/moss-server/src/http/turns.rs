//! How many requests of one caller are worked on at once, so that the others are served beside it.
//!
//! The database answers in the threads that ask, and they are few. So a caller's further requests
//! wait here, in a short line of its own; who finds it full comes again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Requests of one caller in progress at once. An agent has one or two.
const AT_ONCE: usize = 4;
/// Those and the ones that wait.
const THERE: usize = 64;
/// How long one waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every caller's turns.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<String, Line>>>);

struct Line {
    places: Arc<Semaphore>,
    there: usize,
}

/// A request of a caller is there, at work or in line.
struct There {
    turns: Turns,
    caller: String,
}

/// A request is worked on while this is kept.
pub struct Turn {
    _place: OwnedSemaphorePermit,
    _there: There,
}

impl Turns {
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for this caller's next turn; none when its line is full, or too slow.
    pub async fn turn(&self, caller: &str) -> Option<Turn> {
        let (there, places) = self.enter(caller)?;
        let place = timeout(PATIENCE, places.acquire_owned()).await.ok()?.ok()?;
        Some(Turn { _place: place, _there: there })
    }

    fn enter(&self, caller: &str) -> Option<(There, Arc<Semaphore>)> {
        let mut lines = self.lines();
        let line = lines
            .entry(caller.to_owned())
            .or_insert_with(|| Line { places: Arc::new(Semaphore::new(AT_ONCE)), there: 0 });
        if line.there >= THERE {
            return None;
        }
        line.there += 1;
        let there = There { turns: self.clone(), caller: caller.to_owned() };
        Some((there, line.places.clone()))
    }
}

impl Drop for There {
    fn drop(&mut self) {
        let mut lines = self.turns.lines();
        if let Some(line) = lines.get_mut(&self.caller) {
            line.there -= 1;
            if line.there == 0 {
                lines.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_caller_waits_for_itself_and_nobody_else_does() {
        let turns = Turns::default();
        let mut waiting: Vec<_> = (0..THERE).map(|_| Box::pin(turns.turn("one"))).collect();
        let mut at_work: Vec<_> =
            waiting.iter_mut().filter_map(|turn| turn.now_or_never().flatten()).collect();
        assert_eq!(at_work.len(), AT_ONCE);
        assert!(turns.turn("one").now_or_never().is_some_and(|turn| turn.is_none()), "in line");
        assert!(turns.turn("another").now_or_never().flatten().is_some());
        // Who is done gives its turn to the next in line.
        drop(at_work.pop());
        let next = waiting.get_mut(AT_ONCE).and_then(|turn| turn.now_or_never().flatten());
        assert!(next.is_some());
        // Nobody waits for ever.
        let late = waiting.pop().unwrap().await;
        assert!(late.is_none());
        drop((waiting, at_work, next));
        assert!(turns.lines().is_empty());
    }
}
