//! The login throttle: whoever guesses the password of the person in charge is kept slow.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

/// Failed logins within [`LOGIN_WINDOW`] before more are refused.
const MAX_FAILED_LOGINS: usize = 5;
/// How long a failed login counts.
pub const LOGIN_WINDOW: Duration = Duration::from_secs(60);

/// The failed logins that still count.
#[derive(Default)]
pub struct LoginThrottle {
    /// Held while a password is checked: one at a time, since each takes memory on purpose, and
    /// none past the throttle.
    pub one_at_a_time: tokio::sync::Mutex<()>,
    failed: Mutex<Vec<Timestamp>>,
}

impl LoginThrottle {
    /// How long until another login may be tried; none when it may be now.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|&at| now < at + LOGIN_WINDOW);
        let oldest = failed.first().filter(|_| failed.len() >= MAX_FAILED_LOGINS)?;
        Some((*oldest + LOGIN_WINDOW).since(now))
    }

    /// Notes a failed login.
    pub fn note_failure(&self, now: Timestamp) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).push(now);
    }
}
