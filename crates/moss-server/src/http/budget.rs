//! How many bytes of large bodies are kept at once, and how many of them one caller's may be: of
//! requests as they arrive, and of answers until they are written.
//!
//! A caller that has a key may send a mebibyte, slowly, on each of a thousand connections, or ask
//! on each for four and not read them. What a body has beyond its first bytes is taken from one
//! budget, and given back when it is no longer kept. Nobody waits for it: who gets nothing is told
//! to come again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moss_api::{MAX_ANSWER_BYTES, MAX_BODY_BYTES, MAX_STRANGER_BODY_BYTES};

/// What of each body is not counted, so that the usual ones always get in, and strangers' too.
/// How much they are at most follows from how many connections there are.
pub const UNCOUNTED: usize = MAX_STRANGER_BODY_BYTES;
/// One caller has this part of all: it takes several gone bad to use up what others need.
const CALLERS: usize = 4;

/// The budget.
#[derive(Clone)]
pub struct Budget {
    /// Bytes of all bodies at once.
    all: usize,
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
    /// That of what requests bring.
    pub fn of_bodies() -> Self {
        Self { all: 32 * MAX_BODY_BYTES, taken: Arc::default() }
    }

    /// That of what is answered.
    pub fn of_answers() -> Self {
        Self { all: 16 * MAX_ANSWER_BYTES, taken: Arc::default() }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of a body of this caller, of which nothing is kept yet.
    pub fn share(&self, caller: &str) -> Share {
        Share { budget: self.clone(), caller: caller.to_owned(), taken: 0 }
    }
}

impl Share {
    /// Takes what is missing for so many bytes.
    ///
    /// # Errors
    /// When it is not to be had; what was taken before is kept.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let more = bytes.saturating_sub(UNCOUNTED).saturating_sub(self.taken);
        if more == 0 {
            return Ok(());
        }
        let mut taken = self.budget.taken();
        let own = taken.by_caller.get(&self.caller).copied().unwrap_or_default() + more;
        if taken.by_all + more > self.budget.all || own > self.budget.all / CALLERS {
            return Err(Exhausted);
        }
        taken.by_all += more;
        taken.by_caller.insert(self.caller.clone(), own);
        self.taken += more;
        Ok(())
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
        let budget = Budget::of_bodies();
        let one = fill(&budget, "one");
        assert_eq!(one.len(), 8);
        let others: Vec<_> = (0..9).flat_map(|n| fill(&budget, &n.to_string())).collect();
        assert_eq!(others.len(), 24);
        assert!(budget.taken().by_all <= budget.all);
        // Whatever is taken, a usual body gets in, and what comes free is there at once.
        assert_eq!(budget.share("new").grow_to(UNCOUNTED), Ok(()));
        assert_eq!(budget.share("new").grow_to(budget.all), Err(Exhausted));
        drop(one);
        assert_eq!(budget.share("new").grow_to(MAX_BODY_BYTES), Ok(()));
    }

    #[test]
    fn what_was_taken_is_given_back_whole() {
        let budget = Budget::of_bodies();
        let mut share = budget.share("one");
        for bytes in [1, UNCOUNTED, UNCOUNTED + 1, 100_000, 100_000, 50_000, 1_000_000] {
            share.grow_to(bytes).unwrap();
        }
        assert_eq!(budget.taken().by_all, 1_000_000 - UNCOUNTED);
        assert_eq!(share.grow_to(2 * budget.all), Err(Exhausted));
        drop(share);
        assert_eq!(budget.taken().by_all, 0);
        assert!(budget.taken().by_caller.is_empty());
    }
}
