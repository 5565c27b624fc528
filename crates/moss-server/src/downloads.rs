//! Places for downloads. When all are taken, one that hardly moves gives its place to the next, or
//! one of an address that has more than its share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::net::connections::Connection;
use crate::security::throttle::Guesser;

/// Downloads at once. Far fewer than connections, so that those who read slowly leave the rest to
/// the agents.
pub const MAX_DOWNLOADS: usize = 64;
/// A download that has asked for nothing for so long hardly moves.
pub const SLOW: Duration = Duration::from_secs(2);

/// The downloads there are.
#[derive(Default)]
pub struct Downloads(Mutex<Vec<Arc<State>>>);

struct State {
    /// Who reads.
    reader: Guesser,
    connection: Option<Connection>,
    last_asked: Mutex<Instant>,
    cut_off: AtomicBool,
}

/// One of them, as long as it goes on.
pub struct Download {
    state: Arc<State>,
    all: Arc<Downloads>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Downloads {
    /// Begins one; none when all the others have a better right to their places.
    pub fn begin(
        self: &Arc<Self>,
        reader: Guesser,
        connection: Option<Connection>,
    ) -> Option<Download> {
        let now = Instant::now();
        let mut downloads = locked(&self.0);
        if downloads.len() >= MAX_DOWNLOADS {
            let worst = worst(&downloads, &reader, now)?;
            let state = downloads.swap_remove(worst);
            state.cut_off.store(true, Ordering::Relaxed);
            if let Some(connection) = &state.connection {
                connection.close();
            }
        }
        let state = Arc::new(State {
            reader,
            connection,
            last_asked: Mutex::new(now),
            cut_off: AtomicBool::default(),
        });
        downloads.push(state.clone());
        Some(Download { state, all: self.clone() })
    }
}

/// The one to cut off for the next reader, if any may be.
fn worst(downloads: &[Arc<State>], next: &Guesser, now: Instant) -> Option<usize> {
    let mut counts: HashMap<&Guesser, usize> = HashMap::new();
    for state in downloads {
        *counts.entry(&state.reader).or_default() += 1;
    }
    let of = |reader: &Guesser| counts.get(reader).copied().unwrap_or_default();
    let candidates = downloads.iter().enumerate().filter_map(|(at, state)| {
        let idle = now.duration_since(*locked(&state.last_asked));
        let is_slow = idle >= SLOW;
        // Two more, so that the two do not take turns.
        let has_too_many = of(&state.reader) >= of(next) + 2;
        (is_slow || has_too_many).then_some((is_slow, of(&state.reader), idle, at))
    });
    candidates.max().map(|(.., at)| at)
}

impl Download {
    /// Notes that it asks for more; false when it was cut off.
    pub fn may_go_on(&self) -> bool {
        *locked(&self.state.last_asked) = Instant::now();
        !self.state.cut_off.load(Ordering::Relaxed)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        locked(&self.all.0).retain(|state| !Arc::ptr_eq(state, &self.state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn host(n: u8) -> Guesser {
        Guesser::at([10, 0, 0, n].into())
    }

    fn fill(all: &Arc<Downloads>, host: &Guesser) -> Vec<Download> {
        (0..MAX_DOWNLOADS).map(|_| all.begin(host.clone(), None).unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_gives_its_place_up_and_the_others_go_on() {
        let all = Arc::new(Downloads::default());
        let downloads = fill(&all, &host(1));
        assert!(all.begin(host(1), None).is_none(), "nobody is slow yet");
        advance(SLOW).await;
        assert!(downloads[1..].iter().all(Download::may_go_on));
        let next = all.begin(host(1), None).unwrap();
        assert!(!downloads[0].may_go_on());
        assert!(all.begin(host(1), None).is_none());
        drop(downloads);
        assert_eq!(locked(&all.0).len(), 1);
        drop(next);
        assert!(locked(&all.0).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn no_address_has_all_of_them_when_others_come() {
        let all = Arc::new(Downloads::default());
        let greedy = fill(&all, &host(1));
        let others: Vec<_> = (0..100).map_while(|_| all.begin(host(2), None)).collect();
        assert_eq!(others.len(), MAX_DOWNLOADS / 2);
        assert!(others.iter().all(Download::may_go_on));
        assert_eq!(greedy.iter().filter(|one| !one.may_go_on()).count(), others.len());
    }
}
