//! Until when this process's command may take (`--timeout`), for what nothing can interrupt: a read
//! from a pipe that somebody keeps open, or from a disk that is gone.

use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A command runs once more when its server turns out to be another: still in the same time.
static END: OnceLock<Instant> = OnceLock::new();

/// The command may take so long from now on.
pub fn set(limit: Duration) {
    END.get_or_init(|| Instant::now() + limit);
}

/// How much of it is left; none where nothing was said.
pub fn left() -> Option<Duration> {
    END.get().map(|end| end.saturating_duration_since(Instant::now()))
}

/// What `work` gives, in a thread of its own; none when it does not end before the deadline.
pub fn within<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    within_time(left().unwrap_or(Duration::MAX), work)
}

fn within_time<T: Send + 'static>(
    left: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (tell, told) = mpsc::channel();
    let working = move || {
        let _ = tell.send(work()); // nobody waits any more
    };
    thread::Builder::new().spawn(working).ok()?;
    told.recv_timeout(left).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_longer_for_what_hangs() {
        assert_eq!(within_time(Duration::from_secs(60), || 1), Some(1));
        assert_eq!(within_time(Duration::from_millis(20), || thread::sleep(Duration::MAX)), None);
    }
}
