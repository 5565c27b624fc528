//! How often each agent's timer asks, measured by its questions.
//!
//! In memory only: whoever does not know it takes what an earlier offer noted, or what is usual. Each
//! of several servers measures the questions that came to it: as many times too long, at most, as there
//! are servers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

/// Agents remembered at most; beyond that all are forgotten and measured again.
const MOST: usize = 10_000;

/// The last question of a timer, and the time between the questions before.
struct Asked {
    last: Timestamp,
    between: [Option<Duration>; 3],
}

/// When each agent's timer asked.
#[derive(Default)]
pub struct Ticks(Mutex<HashMap<String, Asked>>);

impl Ticks {
    /// Notes a question. Answers how often this timer asks: the middle of the last three pauses,
    /// so that neither a question of a person in between nor an hour without a server counts.
    pub fn note(&self, agent: &str, now: Timestamp) -> Option<Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        let asked = all.entry(agent.to_owned()).or_insert(Asked { last: now, between: [None; 3] });
        let pause = now.since(asked.last);
        asked.last = now;
        if !pause.is_zero() {
            let [_, second, third] = asked.between;
            asked.between = [second, third, Some(pause)];
        }
        let mut known: Vec<_> = asked.between.iter().flatten().copied().collect();
        known.sort();
        known.get(known.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_servers_asked_in_turn_each_takes_the_timer_for_half_as_fast() {
        let servers = [Ticks::default(), Ticks::default()];
        let at = |minutes: i64| Timestamp::from_micros(minutes * 60_000_000);
        for (minutes, server) in (0..100).step_by(10).zip(servers.iter().cycle()) {
            let tick = server.note("a", at(minutes)).map(|tick| tick.as_secs() / 60);
            assert_eq!(tick, (minutes >= 20).then_some(20), "{minutes}");
        }
    }

    #[test]
    fn a_stray_question_and_a_pause_do_not_count() {
        let ticks = Ticks::default();
        let at = |minutes: i64| Timestamp::from_micros(minutes * 60_000_000);
        let seen: Vec<_> = [0, 10, 20, 23, 30, 40, 400, 410]
            .iter()
            .map(|minutes| ticks.note("a", at(*minutes)).map(|tick| tick.as_secs() / 60))
            .collect();
        let want = [None, Some(10), Some(10), Some(10), Some(7), Some(7), Some(10), Some(10)];
        assert_eq!(seen, want);
    }
}
