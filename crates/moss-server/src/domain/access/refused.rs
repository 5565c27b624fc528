//! Whose key was refused lately: a memory, so that whoever keeps coming with it costs no write each
//! time. That it is told once is decided by the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

/// How long nobody is asked again whether it was told.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// When each agent's refused key was noted last.
#[derive(Default)]
pub struct Refused(Mutex<HashMap<String, Timestamp>>);

impl Refused {
    /// Whether it is time to look whether this agent's refusal is known.
    pub fn may_be_news(&self, agent: &str, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, at| now < *at + PAUSE);
        if noted.contains_key(agent) {
            return false;
        }
        noted.insert(agent.to_owned(), now);
        true
    }
}
