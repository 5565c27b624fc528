//! Where the time comes from: the system, or a test.
//!
//! The server's time never goes back, and never leaps unnoticed. It runs with the monotonic clock.
//! Where the system's clock stands behind it, it goes on by itself, so that nothing that has ended
//! comes back. Where the system's clock has leapt ahead, or time went by while no server ran, that
//! is a [step](Clock::step): it is taken only by whoever sees to it that no lease ends by it.
//!
//! Servers that share a database have one clock: the database's. What the system's says does not
//! matter then, so that two servers cannot disagree. Every transaction reads it; in between each
//! server goes on by itself from what it read last.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use moss_api::Timestamp;

/// A system's clock that is ahead by less is followed at once: it is set right now and then.
const TOLERANCE: Duration = Duration::from_secs(2);

/// A source of time. Copies of it are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    /// The server's time less what has elapsed, in microseconds since the epoch.
    start: AtomicI64,
}

#[derive(Debug)]
enum Source {
    /// The system's clocks; the instant from which is counted.
    System(Instant),
    /// A database's clock, as far as it was [told](Clock::follow); the instant from which is counted.
    Database(Instant),
    /// Clocks that a test moves, in microseconds.
    Set { elapsed: AtomicI64, wall: AtomicI64 },
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

impl Source {
    /// What has gone by for certain.
    fn elapsed(&self) -> i64 {
        match self {
            Self::System(since) | Self::Database(since) => micros(since.elapsed()),
            Self::Set { elapsed, .. } => elapsed.load(Ordering::SeqCst),
        }
    }

    /// What the clock says that is followed, UTC; none where it has to be asked for. The start of
    /// 1970 when it stands before that.
    fn wall(&self) -> Option<i64> {
        match self {
            Self::System(_) => {
                Some(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, micros))
            }
            Self::Database(_) => None,
            Self::Set { wall, .. } => Some(wall.load(Ordering::SeqCst)),
        }
    }
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::of(Source::System(Instant::now()))
    }

    /// The clock of a database that several servers share. Nobody has been told what it says yet.
    pub fn of_database() -> Self {
        Self::of(Source::Database(Instant::now()))
    }

    /// A clock that stands at `at` until it is moved.
    pub fn set_to(at: Timestamp) -> Self {
        let (elapsed, wall) = (AtomicI64::new(0), AtomicI64::new(at.micros()));
        Self::of(Source::Set { elapsed, wall })
    }

    fn of(source: Source) -> Self {
        let start = AtomicI64::new(source.wall().unwrap_or(0) - source.elapsed());
        Self(Arc::new(Inner { source, start }))
    }

    /// The server's time. It never goes back.
    pub fn now(&self) -> Timestamp {
        let Inner { source, start } = &*self.0;
        let (elapsed, wall) = (source.elapsed(), source.wall());
        let now = start.load(Ordering::SeqCst) + elapsed;
        if let Some(wall) = wall.filter(|&wall| wall > now && duration(wall - now) < TOLERANCE) {
            start.fetch_max(wall - elapsed, Ordering::SeqCst);
            return Timestamp::from_micros(wall);
        }
        Timestamp::from_micros(now)
    }

    /// Whether it is the database's clock that counts.
    pub fn is_of_database(&self) -> bool {
        matches!(self.0.source, Source::Database(_))
    }

    /// Follows the database's clock, which said this a moment ago: the answer is the time, no
    /// earlier than any that was answered before.
    pub fn follow(&self, said: Timestamp) -> Timestamp {
        let Inner { source, start } = &*self.0;
        start.fetch_max(said.micros() - source.elapsed(), Ordering::SeqCst);
        self.now()
    }

    /// Goes on from `newest`, the newest time a database knows.
    pub fn go_on_from(&self, newest: Timestamp) {
        if self.is_of_database() {
            self.follow(newest);
            return;
        }
        let Inner { source, start } = &*self.0;
        start.store(newest.micros() - source.elapsed(), Ordering::SeqCst);
    }

    /// How far the system's clock has come ahead without that much having elapsed, if it has.
    pub fn step(&self) -> Option<Duration> {
        let ahead = self.0.source.wall()? - self.now().micros();
        Some(duration(ahead)).filter(|step| *step >= TOLERANCE)
    }

    /// Takes a step: the server's time is later by that much from now on. That of a database is
    /// what was [told](Self::follow).
    pub fn take(&self, step: Duration) {
        if !self.is_of_database() {
            self.0.start.fetch_add(micros(step), Ordering::SeqCst);
        }
    }

    /// How far the system's clock is behind.
    pub fn behind(&self) -> Duration {
        self.0.source.wall().map_or(Duration::ZERO, |wall| duration(self.now().micros() - wall))
    }

    /// Lets time go by on a clock that was set; the system's cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Set { elapsed, wall } = &self.0.source {
            elapsed.fetch_add(micros(by), Ordering::SeqCst);
            wall.fetch_add(micros(by), Ordering::SeqCst);
        }
    }

    /// Puts a clock that was set to another time, as somebody would the system's.
    pub fn put(&self, at: Timestamp) {
        if let Source::Set { wall, .. } = &self.0.source {
            wall.store(at.micros(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const SECOND: Duration = Duration::from_secs(1);

    fn noon() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn time_goes_on_while_the_systems_clock_is_behind() {
        let clock = Clock::set_to(noon());
        clock.put(noon() - MINUTE);
        assert_eq!((clock.now(), clock.behind(), clock.step()), (noon(), MINUTE, None));
        clock.advance(SECOND);
        assert_eq!(clock.now(), noon() + SECOND);
    }

    #[test]
    fn a_clock_set_right_is_followed_and_a_leap_is_not_until_it_is_taken() {
        let clock = Clock::set_to(noon());
        clock.put(noon() + SECOND);
        assert_eq!((clock.now(), clock.step()), (noon() + SECOND, None));
        clock.put(noon());
        assert_eq!(clock.now(), noon() + SECOND, "not back");

        clock.put(noon() + SECOND + MINUTE);
        assert_eq!((clock.now(), clock.step()), (noon() + SECOND, Some(MINUTE)));
        clock.advance(SECOND);
        assert_eq!((clock.now(), clock.step()), (noon() + 2 * SECOND, Some(MINUTE)));
        clock.take(MINUTE);
        assert_eq!((clock.now(), clock.step()), (noon() + 2 * SECOND + MINUTE, None));
    }

    #[test]
    fn it_goes_on_from_where_the_last_server_was() {
        let clock = Clock::set_to(noon());
        clock.go_on_from(noon() + MINUTE);
        assert_eq!((clock.now(), clock.step(), clock.behind()), (noon() + MINUTE, None, MINUTE));
        clock.go_on_from(noon() - MINUTE);
        assert_eq!((clock.now(), clock.step()), (noon() - MINUTE, Some(MINUTE)));
        clock.advance(SECOND);
        assert_eq!((clock.now(), clock.step()), (noon() - MINUTE + SECOND, Some(MINUTE)));
    }

    #[test]
    fn a_databases_clock_is_followed_and_the_systems_is_not() {
        let clock = Clock::of_database();
        assert_eq!((clock.step(), clock.behind()), (None, Duration::ZERO));
        assert!(clock.follow(noon()) >= noon() && clock.now() < noon() + MINUTE);
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > noon(), "it goes on by itself");
        assert!(clock.follow(noon() - MINUTE) > noon(), "not back");
        assert!(clock.follow(noon() + MINUTE) >= noon() + MINUTE);
        assert_eq!(clock.step(), None, "whose step it is, is the database's to say");
    }

    #[test]
    fn the_systems_clock_runs() {
        let clock = Clock::system();
        let (before, step) = (clock.now(), clock.step());
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > before && step.is_none() && clock.behind() < TOLERANCE);
    }
}
