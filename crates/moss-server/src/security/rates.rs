//! How many requests a caller has made in the last minute, and whether it may make another.
//!
//! A minute slides: of the requests of the calendar minute before, as much counts as still lies within
//! the last sixty seconds, as if they had come evenly. So nothing but two numbers is kept of a caller.
//! What other servers on the database have counted of it is added; see `domain/rates.rs`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

use crate::security::throttle::one_host;

const MINUTE: u64 = 60_000_000;
/// Callers remembered at most. Then those that have asked least are forgotten.
const MAX_CALLERS: usize = 65_536;
/// A caller that has not used this part of its limit on one server is kept from nothing on another.
const WORTH_TELLING: u32 = 16;

/// Whose requests are counted together: what others servers know it by, too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counted(String);

impl Counted {
    /// An agent, by its id, or a session of the person in charge.
    pub fn key(caller: &str) -> Self {
        Self(format!("key {caller}"))
    }

    /// Whoever asks from an address, as far as one is told from its neighbours.
    pub fn address(address: IpAddr) -> Self {
        Self(format!("address {}", one_host(address)))
    }

    /// Whether it is an address.
    pub fn is_address(&self) -> bool {
        self.0.starts_with("address ")
    }

    /// As another server tells it.
    pub fn told(text: String) -> Self {
        Self(text)
    }

    /// For other servers.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A minute since 1970.
pub type Minute = i64;

/// The minute of a time.
pub fn minute_of(at: Timestamp) -> Minute {
    at.micros().div_euclid(MINUTE.cast_signed())
}

/// Requests of a minute: let in here, and elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    here: u32,
    elsewhere: u32,
}

impl Count {
    fn all(self) -> u64 {
        u64::from(self.here) + u64::from(self.elsewhere)
    }
}

/// What is known of a caller.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    minute: Minute,
    this: Count,
    last: Count,
}

impl Known {
    /// Lets time go on to a minute. A clock that was set back changes nothing.
    fn go_on_to(&mut self, minute: Minute) {
        match minute - self.minute {
            ..=0 => return,
            1 => self.last = self.this,
            _ => self.last = Count::default(),
        }
        self.this = Count::default();
        self.minute = minute;
    }

    /// How long until one more fits; none when it does now. `into` is the time since the minute began, in
    /// microseconds.
    fn wait(self, limit: u32, into: u64) -> Option<Duration> {
        let (this, last, room) = (self.this.all(), self.last.all(), u64::from(limit) - 1);
        // The time, from the minute's begin, at which as little of `count` still counts as fits.
        let until =
            |count: u64, fits: u64| MINUTE - (MINUTE * fits.min(count)).div_ceil(count.max(1));
        let at = if this <= room {
            if last <= room - this { 0 } else { until(last, room - this) }
        } else {
            MINUTE + until(this, room)
        };
        (at > into).then(|| Duration::from_micros(at - into))
    }
}

/// All callers of this server.
#[derive(Default)]
pub struct Rates {
    known: Mutex<HashMap<Counted, Known>>,
    refused_keys: AtomicU64,
    refused_addresses: AtomicU64,
}

impl Rates {
    fn lock(&self) -> MutexGuard<'_, HashMap<Counted, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, if it fits into so many a minute; a limit of 0 lets everything in.
    ///
    /// # Errors
    /// How long to wait, when it does not; then it does not count.
    pub fn take(&self, who: &Counted, limit: u32, now: Timestamp) -> Result<(), Duration> {
        if limit == 0 {
            return Ok(());
        }
        let minute = minute_of(now);
        let into = now.micros().rem_euclid(MINUTE.cast_signed()).cast_unsigned();
        let mut known = self.lock();
        if known.len() >= MAX_CALLERS && !known.contains_key(who) {
            make_room(&mut known, minute);
        }
        let its = known.entry(who.clone()).or_default();
        its.go_on_to(minute);
        if let Some(wait) = its.wait(limit, into) {
            let refused =
                if who.is_address() { &self.refused_addresses } else { &self.refused_keys };
            refused.fetch_add(1, Ordering::Relaxed);
            return Err(wait);
        }
        its.this.here += 1;
        Ok(())
    }

    /// Requests that were refused since the server started: for their key, and for their address.
    pub fn refused(&self) -> [u64; 2] {
        [&self.refused_keys, &self.refused_addresses].map(|count| count.load(Ordering::Relaxed))
    }

    /// What other servers should know: callers that have used a good part of `limit_of` them in this
    /// minute, and how many requests of theirs were let in here.
    pub fn to_tell(
        &self,
        limit_of: impl Fn(&Counted) -> u32,
        now: Timestamp,
    ) -> Vec<(Counted, u32)> {
        let minute = minute_of(now);
        let is_due = |who: &Counted, known: &Known| {
            let limit = limit_of(who);
            known.minute == minute && limit > 0 && known.this.here >= limit.div_ceil(WORTH_TELLING)
        };
        let known = self.lock();
        let due = known.iter().filter(|(who, known)| is_due(who, known));
        due.map(|(who, known)| (who.clone(), known.this.here)).collect()
    }

    /// Takes what other servers have let in of a caller in a minute, all of them together.
    pub fn hear(&self, who: Counted, minute: Minute, elsewhere: u32) {
        let mut known = self.lock();
        let Some(its) = known.get_mut(&who) else { return };
        match its.minute - minute {
            0 => its.this.elsewhere = elsewhere,
            1 => its.last.elsewhere = elsewhere,
            _ => {}
        }
    }

    /// Forgets who has not asked for a minute.
    pub fn forget_old(&self, now: Timestamp) {
        let minute = minute_of(now);
        self.lock().retain(|_, known| known.minute + 1 >= minute);
    }
}

fn make_room(known: &mut HashMap<Counted, Known>, minute: Minute) {
    known.retain(|_, its| its.minute + 1 >= minute);
    if known.len() >= MAX_CALLERS {
        let least = known.iter().min_by_key(|(_, its)| its.this.all() + its.last.all());
        if let Some(least) = least.map(|(who, _)| who.clone()) {
            known.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        // A whole minute.
        Timestamp::from_micros(1_800_000_000 * 1_000_000 + seconds.cast_signed() * 1_000_000)
    }

    fn let_in(rates: &Rates, seconds: u64, tries: u32) -> (u32, Option<Duration>) {
        let who = Counted::key("a");
        let mut done = 0;
        for _ in 0..tries {
            match rates.take(&who, 60, at(seconds)) {
                Ok(()) => done += 1,
                Err(wait) => return (done, Some(wait)),
            }
        }
        (done, None)
    }

    #[test]
    fn a_limit_is_of_any_minute_and_the_wait_is_as_long_as_it_is_said() {
        let rates = Rates::default();
        let (done, wait) = let_in(&rates, 30, 100);
        assert_eq!((done, wait.unwrap().as_secs()), (60, 31), "one more at second 61");
        assert_eq!(let_in(&rates, 60, 1).0, 0);
        assert_eq!(let_in(&rates, 61, 5).0, 1);
        assert_eq!(let_in(&rates, 62, 5).0, 1);
        assert_eq!(let_in(&rates, 90, 100).0, 28, "half of the first sixty counts no more");
        assert_eq!(let_in(&rates, 240, 100).0, 60);
    }

    #[test]
    fn whoever_is_refused_is_not_counted_and_others_are_not_concerned() {
        let rates = Rates::default();
        assert_eq!(let_in(&rates, 0, 60), (60, None));
        for _ in 0..1_000 {
            let_in(&rates, 1, 1);
        }
        assert_eq!(let_in(&rates, 119, 100).0, 59);
        assert!(rates.take(&Counted::key("b"), 1, at(1)).is_ok());
        assert!(rates.take(&Counted::key("a"), 0, at(1)).is_ok(), "no limit");
    }

    #[test]
    fn what_was_let_in_elsewhere_counts() {
        let (rates, who) = (Rates::default(), Counted::key("a"));
        let_in(&rates, 0, 10);
        rates.hear(who.clone(), minute_of(at(0)), 45);
        assert_eq!(let_in(&rates, 0, 100).0, 5);
        assert_eq!(rates.to_tell(|_| 60, at(1)), [(who.clone(), 15)]);
        assert!(rates.to_tell(|_| 0, at(1)).is_empty() && rates.to_tell(|_| 60, at(60)).is_empty());
        rates.hear(who.clone(), minute_of(at(0)) - 1, 60);
        assert_eq!(let_in(&rates, 59, 100).0, 0);
        rates.hear(Counted::told("key nobody".to_owned()), minute_of(at(0)), 1);
        assert_eq!(rates.lock().len(), 1, "who has not asked here is not remembered");
        rates.forget_old(at(61));
        assert_eq!(rates.lock().len(), 1);
        rates.forget_old(at(120));
        assert_eq!(rates.lock().len(), 0);
    }

    #[test]
    fn memory_has_an_end() {
        let rates = Rates::default();
        for n in 0..=MAX_CALLERS {
            rates.take(&Counted::key(&n.to_string()), 60, at(0)).unwrap();
        }
        assert_eq!(rates.lock().len(), MAX_CALLERS);
    }
}
