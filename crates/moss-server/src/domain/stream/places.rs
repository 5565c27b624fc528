//! How many streams of events there are at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams at once: of one agent, and in all. Far fewer than connections.
const ONE_AGENTS: usize = 4;
const ALL: usize = 512;

/// How many streams each agent has.
#[derive(Clone, Default)]
pub(super) struct Places(Arc<Mutex<HashMap<String, usize>>>);

/// The place of a stream, given back when it is dropped.
pub struct Place {
    agent: String,
    places: Places,
}

impl Places {
    /// A place for one more stream of an agent; none when there are too many.
    pub fn take(&self, agent: &str) -> Option<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = places.get(agent).copied().unwrap_or_default();
        if own >= ONE_AGENTS || places.values().sum::<usize>() >= ALL {
            return None;
        }
        places.insert(agent.to_owned(), own + 1);
        Some(Place { agent: agent.to_owned(), places: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = places.get_mut(&self.agent) {
            *own -= 1;
            if *own == 0 {
                places.remove(&self.agent);
            }
        }
    }
}
