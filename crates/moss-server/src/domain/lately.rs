//! Of which agents something was looked at lately: a memory, so that what each of their calls could
//! ask is asked once in a while. What is so is decided by the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

/// When each agent was looked at last.
pub struct Lately {
    pause: Duration,
    last: Mutex<HashMap<String, Timestamp>>,
}

impl Lately {
    /// Looks at most once in this time.
    pub fn new(pause: Duration) -> Self {
        Self { pause, last: Mutex::default() }
    }

    /// Whether this is the first look in a while; it counts as one.
    pub fn is_first(&self, agent: &str, now: Timestamp) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(agent).is_some_and(|&at| now < at + self.pause) {
            return false;
        }
        // What is older than the pause says no more than what is not there.
        last.retain(|_, at| now < *at + self.pause);
        last.insert(agent.to_owned(), now);
        true
    }
}
