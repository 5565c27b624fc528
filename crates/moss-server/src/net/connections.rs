//! The connections there are, and which of them goes when there is no room for another.
//!
//! A connection is a stranger's until a key was accepted on it. It is at work while a request that
//! has arrived is answered, and rests otherwise: before, between and in the middle of requests.
//! Strangers at rest go first, then known callers at rest, then strangers at work; a known caller
//! at work stays. Of strangers the address that has most of them gives the one that has rested
//! longest, so that whoever opens many only closes their own. A known caller that has many gives
//! its own likewise, before a stranger that has fewer; so does an address of many known callers,
//! before other known callers.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::security::throttle::Guesser;

/// So many strangers at rest go at once, so that a flood of them is not looked through each time.
const BATCH: usize = 16;
/// More than a known caller needs, or the known callers at one address.
const MANY: usize = 64;

/// All of them.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    most: usize,
    open: Mutex<HashMap<u64, Arc<State>>>,
    /// Counts what happens; who has rested longest has the lowest count.
    clock: AtomicU64,
    /// Somebody has left, or rests.
    changed: Notify,
}

struct State {
    id: u64,
    /// The peer, as the throttle counts addresses.
    peer: Guesser,
    /// Who was let in on it last.
    caller: Mutex<Option<Arc<str>>>,
    working: AtomicUsize,
    resting_since: AtomicU64,
    closed: Notify,
}

/// One of them, for whoever serves its requests.
#[derive(Clone)]
pub struct Connection {
    state: Arc<State>,
    all: Connections,
}

/// One of them, as long as it is open.
pub struct Open(Connection);

/// A connection is at work while this is kept.
pub struct AtWork(Connection);

impl Connections {
    /// None yet, and never more than this many.
    pub fn new(most: usize) -> Self {
        let shared = Shared {
            most: most.max(1),
            open: Mutex::default(),
            clock: AtomicU64::default(),
            changed: Notify::new(),
        };
        Self(Arc::new(shared))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<State>>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self) -> u64 {
        self.0.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets another one in, once there is room for it.
    pub async fn enter(&self, peer: IpAddr) -> Open {
        loop {
            // Before looking: who leaves afterwards is not missed.
            let changed = self.0.changed.notified();
            if let Some(entered) = self.try_enter(peer) {
                return entered;
            }
            changed.await;
        }
    }

    fn try_enter(&self, peer: IpAddr) -> Option<Open> {
        let mut open = self.open();
        if open.len() >= self.0.most && !make_room(&mut open) {
            return None;
        }
        let id = self.tick();
        let state = Arc::new(State {
            id,
            peer: Guesser::at(peer),
            caller: Mutex::default(),
            working: AtomicUsize::default(),
            resting_since: AtomicU64::new(id),
            closed: Notify::new(),
        });
        open.insert(id, state.clone());
        Some(Open(Connection { state, all: self.clone() }))
    }

    /// Closes some that may be, when the system has no room for another.
    pub fn make_room(&self) {
        make_room(&mut self.open());
    }
}

/// Closes the connections whose turn it is to go; false when none may.
fn make_room(open: &mut HashMap<u64, Arc<State>>) -> bool {
    let callers: Vec<_> = open.values().map(|state| (state, state.caller())).collect();
    let (mut at_address, mut of_caller) = (HashMap::new(), HashMap::new());
    for (state, caller) in &callers {
        *at_address.entry((&state.peer, caller.is_some())).or_insert(0_usize) += 1;
        *of_caller.entry(caller).or_insert(0_usize) += 1;
    }
    let mut going: Vec<_> = callers
        .iter()
        .filter_map(|(state, caller)| {
            let is_known = caller.is_some();
            let around = at_address.get(&(&state.peer, is_known)).copied().unwrap_or_default();
            let own = of_caller.get(caller).copied().unwrap_or_default();
            let (class, crowd) = match (is_known, state.is_working()) {
                (false, false) => (0, around),
                (true, false) if own > MANY => (0, own),
                (true, false) if around > MANY => (1, around),
                (true, false) => (1, 0),
                (false, true) => (2, around),
                (true, true) => return None,
            };
            // Where an address has many, the caller with most of them gives first.
            let own = if is_known { own } else { 0 };
            let since = state.resting_since.load(Ordering::Relaxed);
            Some((class, Reverse((crowd, own)), since, state.id))
        })
        .collect();
    going.sort_unstable();
    let Some(&first) = going.first() else { return false };
    // Only those of one crowd at once, and never all of a small one.
    let alike = |&&(class, crowd, ..): &&(u8, Reverse<(usize, usize)>, u64, u64)| {
        class < 2 && (class, crowd) == (first.0, first.1) && crowd.0.0 > 2 * BATCH
    };
    let batch = going.iter().take_while(alike).take(BATCH).count().max(1);
    for (.., id) in going.into_iter().take(batch) {
        if let Some(state) = open.remove(&id) {
            state.closed.notify_one();
        }
    }
    true
}

impl State {
    fn locked_caller(&self) -> MutexGuard<'_, Option<Arc<str>>> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn caller(&self) -> Option<Arc<str>> {
        self.locked_caller().clone()
    }

    fn is_working(&self) -> bool {
        self.working.load(Ordering::Relaxed) > 0
    }
}

impl Open {
    /// For whoever serves its requests.
    pub fn connection(&self) -> Connection {
        self.0.clone()
    }

    /// Waits until the connection is to be closed.
    pub async fn closed(&self) {
        self.0.state.closed.notified().await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Connection { state, all } = &self.0;
        all.open().remove(&state.id);
        all.0.changed.notify_one();
    }
}

impl Connection {
    /// This caller was let in on it.
    pub fn set_known(&self, caller: &str) {
        let mut known = self.state.locked_caller();
        if known.as_deref() != Some(caller) {
            *known = Some(caller.into());
        }
    }

    /// A request on it has arrived.
    pub fn at_work(&self) -> AtWork {
        self.state.working.fetch_add(1, Ordering::Relaxed);
        AtWork(self.clone())
    }

    /// Closes it, whatever it is doing.
    pub fn close(&self) {
        self.state.closed.notify_one();
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let Connection { state, all } = &self.0;
        state.resting_since.store(all.tick(), Ordering::Relaxed);
        state.working.fetch_sub(1, Ordering::Relaxed);
        all.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(n: u8) -> IpAddr {
        [10, 0, 0, n].into()
    }

    fn has(all: &Connections, one: &Open) -> bool {
        all.open().contains_key(&one.0.state.id)
    }

    #[tokio::test]
    async fn strangers_at_rest_go_first_and_the_oldest_of_them() {
        let all = Connections::new(4);
        let (known, busy) = (all.enter(ip(1)).await, all.enter(ip(1)).await);
        let (older, newer) = (all.enter(ip(1)).await, all.enter(ip(1)).await);
        known.connection().set_known("agent");
        let work = busy.connection().at_work();
        let fifth = all.enter(ip(1)).await;
        older.closed().await;
        assert!(!has(&all, &older) && has(&all, &newer) && has(&all, &busy) && has(&all, &known));
        // Then the other one, then who came last, then the known one at rest, then who works.
        newer.connection().set_known("agent");
        let _newer_work = newer.connection().at_work();
        let sixth = all.enter(ip(1)).await;
        fifth.closed().await;
        sixth.connection().set_known("agent");
        let _sixth_work = sixth.connection().at_work();
        let seventh = all.enter(ip(1)).await;
        known.closed().await;
        seventh.connection().set_known("agent");
        let _seventh_work = seventh.connection().at_work();
        let eighth = all.enter(ip(1)).await;
        busy.closed().await;
        drop(work);
        assert!(has(&all, &eighth));
    }

    #[tokio::test]
    async fn who_opens_many_closes_their_own() {
        let all = Connections::new(100);
        let honest = all.enter(ip(1)).await;
        let mut flood = Vec::new();
        for _ in 0..1_000 {
            flood.push(all.enter(ip(2)).await);
        }
        assert!(has(&all, &honest));
        assert!(all.open().len() <= 100);
        assert!(all.open().len() > 100 - BATCH);
    }

    #[tokio::test]
    async fn a_known_caller_that_opens_many_closes_its_own() {
        let all = Connections::new(100);
        let (honest, newcomer) = (all.enter(ip(1)).await, all.enter(ip(1)).await);
        honest.connection().set_known("honest");
        let mut flood = Vec::new();
        for _ in 0..1_000 {
            let one = all.enter(ip(1)).await;
            one.connection().set_known("flood");
            flood.push(one);
        }
        assert!(has(&all, &honest), "a known caller's was closed");
        assert!(has(&all, &newcomer), "a stranger's was closed that came before its key");
        assert!(all.open().len() > 100 - BATCH);
    }

    #[tokio::test]
    async fn an_address_of_many_known_callers_closes_its_own() {
        for keys in [20, 1_000] {
            let all = Connections::new(200);
            let (honest, neighbour) = (all.enter(ip(1)).await, all.enter(ip(2)).await);
            honest.connection().set_known("honest");
            neighbour.connection().set_known("neighbour");
            let mut flood = Vec::new();
            for n in 0..1_000 {
                let one = all.enter(ip(2)).await;
                one.connection().set_known(&format!("flood {}", n % keys));
                flood.push(one);
            }
            assert!(has(&all, &honest), "{keys} keys: one at another address was closed");
            // Who has as few as those of the flood cannot be told from them.
            assert!(has(&all, &neighbour) || keys == 1_000, "the only one of a caller was closed");
        }
    }

    #[tokio::test]
    async fn who_was_answered_a_moment_ago_rests_least() {
        let all = Connections::new(2);
        let (one, two) = (all.enter(ip(1)).await, all.enter(ip(1)).await);
        drop(one.connection().at_work());
        let _three = all.enter(ip(1)).await;
        assert!(has(&all, &one) && !has(&all, &two));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_work_for_known_callers_the_next_one_waits() {
        let all = Connections::new(1);
        let one = all.enter(ip(1)).await;
        one.connection().set_known("agent");
        let work = one.connection().at_work();
        let soon = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(soon, all.enter(ip(1))).await.is_err());
        let waiting = tokio::spawn({
            let all = all.clone();
            async move { drop(all.enter(ip(2)).await) }
        });
        tokio::time::sleep(soon).await;
        drop(work);
        waiting.await.unwrap();
        drop(one);
        assert!(all.open().is_empty());
    }
}
