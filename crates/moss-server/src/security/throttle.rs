//! A throttle on guesses: whoever guessed wrong waits, longer each time, and nobody else does.
//!
//! A guess counts as wrong from the moment it is taken on until it turns out to be right, so that
//! guesses at once, and callers that hang up, are counted like any others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

/// Wrong guesses that cost no wait.
pub const FREE_GUESSES: u32 = 5;
/// Longest wait for the next guess. Each wrong one doubles it, from a second on.
pub const MAX_WAIT: Duration = Duration::from_secs(60);
/// After so long without a guess the wrong ones are forgotten.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Guessers remembered at most. Then the ones with the fewest wrong guesses are forgotten.
const MAX_GUESSERS: usize = 4_096;

/// Whose guesses are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Guesser {
    /// An address; see [`Guesser::at`].
    Address(IpAddr),
    /// Somebody who was let in before, by the public half of what they were given then: their
    /// count is their own, whoever else guesses from the same address.
    Known(String),
}

impl Guesser {
    /// Whoever is at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(one_host(address))
    }
}

/// What one host has to itself: its address, or of IPv6 the network of 64 bits.
pub fn one_host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
    }
}

#[derive(Clone, Copy)]
struct Wrong {
    guesses: u32,
    last: Timestamp,
}

impl Wrong {
    /// How long until the next guess.
    fn wait(self, now: Timestamp) -> Option<Duration> {
        let doublings = self.guesses.checked_sub(FREE_GUESSES)?;
        let wait = Duration::from_secs(1 << doublings.min(16)).min(MAX_WAIT);
        Some(wait.saturating_sub(now.since(self.last))).filter(|left| !left.is_zero())
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.since(self.last) >= MEMORY
    }
}

/// The wrong guesses that still count.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Guesser, Wrong>>);

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, HashMap<Guesser, Wrong>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until this guesser may try again; none when it may now.
    pub fn wait(&self, guesser: &Guesser, now: Timestamp) -> Option<Duration> {
        self.lock().get_mut(guesser).and_then(|wrong| {
            // A clock that was set back must not keep anybody out until it is that time again.
            wrong.last = wrong.last.min(now);
            wrong.wait(now)
        })
    }

    /// Takes a guess on, as a wrong one.
    ///
    /// # Errors
    /// How long to wait, when it is too soon; then it does not count.
    pub fn begin(&self, guesser: &Guesser, now: Timestamp) -> Result<(), Duration> {
        if let Some(wait) = self.wait(guesser, now) {
            return Err(wait);
        }
        let mut guessers = self.lock();
        if guessers.len() >= MAX_GUESSERS && !guessers.contains_key(guesser) {
            make_room(&mut guessers, now);
        }
        let wrong = guessers.entry(guesser.clone()).or_insert(Wrong { guesses: 0, last: now });
        if wrong.is_forgotten(now) {
            wrong.guesses = 0;
        }
        *wrong = Wrong { guesses: wrong.guesses.saturating_add(1), last: now };
        Ok(())
    }

    /// Takes a guess back: it was right, or was never judged.
    pub fn take_back(&self, guesser: &Guesser) {
        let mut guessers = self.lock();
        if let Some(wrong) = guessers.get_mut(guesser) {
            wrong.guesses = wrong.guesses.saturating_sub(1);
            if wrong.guesses == 0 {
                guessers.remove(guesser);
            }
        }
    }
}

fn make_room(guessers: &mut HashMap<Guesser, Wrong>, now: Timestamp) {
    guessers.retain(|_, wrong| !wrong.is_forgotten(now));
    if guessers.len() >= MAX_GUESSERS {
        let least = guessers.iter().min_by_key(|(_, wrong)| (wrong.guesses, wrong.last));
        if let Some(least) = least.map(|(guesser, _)| guesser.clone()) {
            guessers.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn host(n: u32) -> Guesser {
        Guesser::at(IpAddr::V4(n.into()))
    }

    /// Guesses wrong at once as often as may be.
    fn exhaust(throttle: &Throttle, guesser: &Guesser) -> u32 {
        (0..100).take_while(|_| throttle.begin(guesser, NOW).is_ok()).count() as u32
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute() {
        let throttle = Throttle::default();
        assert_eq!(exhaust(&throttle, &host(1)), FREE_GUESSES);
        let mut now = NOW;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = throttle.begin(&host(1), now).unwrap_err();
            assert_eq!(wait, SECOND * seconds);
            now = now + wait;
            throttle.begin(&host(1), now).unwrap();
        }
    }

    #[test]
    fn a_guesser_is_in_nobody_elses_way() {
        let throttle = Throttle::default();
        exhaust(&throttle, &host(1));
        assert_eq!(throttle.wait(&host(2), NOW), None);
        assert_eq!(throttle.wait(&Guesser::Known("browser".to_owned()), NOW), None);
    }

    #[test]
    fn what_was_right_does_not_count_and_wrong_ones_stay() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            throttle.begin(&host(1), NOW).unwrap();
            throttle.take_back(&host(1));
        }
        assert!(throttle.lock().is_empty());
        for _ in 0..4 {
            throttle.begin(&host(1), NOW).unwrap();
        }
        throttle.begin(&host(1), NOW).unwrap();
        throttle.take_back(&host(1));
        assert_eq!(exhaust(&throttle, &host(1)), 1);
    }

    #[test]
    fn wrong_guesses_are_forgotten_in_the_end() {
        let throttle = Throttle::default();
        exhaust(&throttle, &host(1));
        let later = NOW + MEMORY;
        for _ in 0..FREE_GUESSES {
            throttle.begin(&host(1), later).unwrap();
        }
        assert!(throttle.begin(&host(1), later).is_err());
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_out_for_longer() {
        let throttle = Throttle::default();
        let ahead = NOW + Duration::from_secs(86_400);
        while throttle.begin(&host(1), ahead).is_ok() {}
        assert_eq!(throttle.wait(&host(1), NOW), Some(SECOND));
        assert_eq!(throttle.wait(&host(1), NOW + SECOND), None);
    }

    #[test]
    fn many_addresses_push_out_no_persistent_guesser() {
        let throttle = Throttle::default();
        exhaust(&throttle, &host(0));
        for n in 1..=2 * MAX_GUESSERS as u32 {
            throttle.begin(&host(n), NOW).unwrap();
        }
        assert!(throttle.lock().len() <= MAX_GUESSERS);
        assert!(throttle.wait(&host(0), NOW).is_some());
    }

    #[test]
    fn one_host_has_one_count_whatever_address_of_its_network_it_takes() {
        let at = |text: &str| Guesser::at(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
    }
}
