//! How many bytes of large bodies are kept at once, and how many of them one caller's may be: of
//! requests as they arrive, and of answers until they are written, all together.
//!
//! A caller that has a key may send a mebibyte, slowly, on each of a thousand connections, or ask
//! on each for four and not read them. What a body has beyond its first bytes is taken from one
//! budget, and given back when it is no longer kept. Nobody waits for it: who gets nothing is told
//! to come again.
//!
//! The answer to a write is kept whatever the budget says: it was done, and its caller has to hear
//! so. Instead a write is not begun for whoever reads too little of what was answered before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moss_api::{MAX_BODY_BYTES, MAX_STRANGER_BODY_BYTES};

/// What of each body is not counted, so that the usual ones always get in, and strangers' too.
/// How much they are at most follows from how many connections there are.
pub const UNCOUNTED: usize = MAX_STRANGER_BODY_BYTES;
/// Bytes of all bodies at once. What it takes to make and to read them comes on top: measured with
/// slow bodies and unread answers at once, a server stays within 64 MB above idle.
const ALL: usize = 24 * MAX_BODY_BYTES;
/// One caller's: it takes several gone bad to use up what others need.
const ONE_CALLERS: usize = ALL / 4;

/// The budget of one server.
#[derive(Clone, Default)]
pub struct Budget {
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    by_all: usize,
    by_caller: HashMap<String, usize>,
}

/// What one body has of the budget, until this is dropped.
pub struct Share {
    budget: Budget,
    caller: String,
    taken: usize,
}

/// There is no more, for this caller or for anybody.
#[derive(Debug, PartialEq, Eq)]
pub struct Exhausted;

impl Budget {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of a body of this caller, of which nothing is kept yet.
    pub fn share(&self, caller: &str) -> Share {
        Share { budget: self.clone(), caller: caller.to_owned(), taken: 0 }
    }

    /// Whether a write of this caller may be begun, whose answer will be kept in any case: not when
    /// it has more than its share, nor when there is no more and it has any of it. So however much
    /// others leave unread, who reads is served.
    pub fn may_owe(&self, caller: &str) -> bool {
        let taken = self.taken();
        match taken.by_caller.get(caller).copied().unwrap_or_default() {
            0 => true,
            own => own < ONE_CALLERS && taken.by_all < ALL,
        }
    }
}

impl Share {
    /// Takes what is missing for so many bytes.
    ///
    /// # Errors
    /// When it is not to be had; what was taken before is kept.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let fits = |all, own| all <= ALL && own <= ONE_CALLERS;
        if self.grow_if(bytes, fits) { Ok(()) } else { Err(Exhausted) }
    }

    /// Takes what is missing for so many bytes, whether or not it is there: what is over counts as
    /// taken, too.
    pub fn owe(&mut self, bytes: usize) {
        self.grow_if(bytes, |_, _| true);
    }

    /// Grows if what is then taken by all and by this caller is fit: whether it did.
    fn grow_if(&mut self, bytes: usize, fits: impl FnOnce(usize, usize) -> bool) -> bool {
        let more = bytes.saturating_sub(UNCOUNTED).saturating_sub(self.taken);
        if more == 0 {
            return true;
        }
        let mut taken = self.budget.taken();
        let own = taken.by_caller.get(&self.caller).copied().unwrap_or_default() + more;
        if !fits(taken.by_all + more, own) {
            return false;
        }
        taken.by_all += more;
        taken.by_caller.insert(self.caller.clone(), own);
        self.taken += more;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.taken == 0 {
            return;
        }
        let mut taken = self.budget.taken();
        taken.by_all -= self.taken;
        if let Some(own) = taken.by_caller.get_mut(&self.caller) {
            *own -= self.taken;
            if *own == 0 {
                taken.by_caller.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large bodies of a caller, as many as get in.
    fn fill(budget: &Budget, caller: &str) -> Vec<Share> {
        let large = || {
            let mut share = budget.share(caller);
            share.grow_to(MAX_BODY_BYTES).map(|()| share)
        };
        std::iter::from_fn(|| large().ok()).collect()
    }

    #[test]
    fn one_caller_leaves_the_most_for_others_and_all_together_stay_within_it() {
        let budget = Budget::default();
        let one = fill(&budget, "one");
        assert_eq!(one.len(), 6);
        let others: Vec<_> = (0..9).flat_map(|n| fill(&budget, &n.to_string())).collect();
        assert_eq!(others.len(), 18);
        assert!(budget.taken().by_all <= ALL);
        // Whatever is taken, a usual body gets in, and what comes free is there at once.
        assert_eq!(budget.share("new").grow_to(UNCOUNTED), Ok(()));
        assert_eq!(budget.share("new").grow_to(ALL), Err(Exhausted));
        drop(one);
        assert_eq!(budget.share("new").grow_to(MAX_BODY_BYTES), Ok(()));
    }

    #[test]
    fn what_was_taken_is_given_back_whole() {
        let budget = Budget::default();
        let mut share = budget.share("one");
        for bytes in [1, UNCOUNTED, UNCOUNTED + 1, 100_000, 100_000, 50_000, 1_000_000] {
            share.grow_to(bytes).unwrap();
        }
        assert_eq!(budget.taken().by_all, 1_000_000 - UNCOUNTED);
        assert_eq!(share.grow_to(2 * ALL), Err(Exhausted));
        drop(share);
        assert_eq!(budget.taken().by_all, 0);
        assert!(budget.taken().by_caller.is_empty());
    }

    #[test]
    fn what_was_done_is_answered_and_who_owes_begins_nothing_more() {
        let budget = Budget::default();
        let mut unread = fill(&budget, "one");
        assert!(budget.may_owe("one"), "it has a little of its share left");
        let mut answer = budget.share("one");
        assert_eq!(answer.grow_to(MAX_BODY_BYTES), Err(Exhausted));
        answer.owe(MAX_BODY_BYTES);
        assert!(!budget.may_owe("one") && budget.may_owe("another"));
        // All is gone: one that has nothing may, and then has something.
        unread.extend((0..9).flat_map(|n| fill(&budget, &n.to_string())));
        let mut rest = budget.share("rest");
        rest.owe(MAX_BODY_BYTES);
        assert!(!budget.may_owe("rest") && !budget.may_owe("0") && budget.may_owe("new"));
        drop((unread, answer, rest));
        assert!(budget.may_owe("one"));
        assert_eq!(budget.taken().by_all, 0);
    }
}
