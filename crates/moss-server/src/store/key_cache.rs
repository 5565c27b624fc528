//! Whose key is this: asked by every request, so remembered. What the server itself changes is
//! forgotten at once; what a person changes beside it counts within [`KEYS_ARE_BELIEVED_FOR`].

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use moss_api::{AgentStatus, Role, Timestamp};
use sea_orm::DbErr;

use crate::store::{Store, agent_keys};

/// Keys remembered at most; beyond that all are forgotten and asked for again.
const MAX_KEYS: usize = 10_000;

/// How long what is remembered of a key is not asked for again. A key that was taken away beside
/// the server is refused after that, whatever else the server does.
pub const KEYS_ARE_BELIEVED_FOR: Duration = Duration::from_secs(1);

/// What a key's public half leads to.
#[derive(Clone, Debug)]
pub struct KeyOwner {
    /// The agent.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it is let in.
    pub status: AgentStatus,
    /// SHA-256 of the secret half.
    pub key_hash: String,
    /// Nobody has used the key yet.
    pub pending: bool,
    /// From then on the key opens nothing.
    pub expires_at: Option<Timestamp>,
}

impl KeyOwner {
    /// Whether it was taken back: no secret matches it any more, whatever a clock says.
    pub fn is_void(&self) -> bool {
        self.key_hash.is_empty()
    }

    /// Whether the key has been replaced and its grace is over.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

#[derive(Default)]
struct Remembered {
    /// Counts the times all was forgotten.
    generation: u64,
    /// Each with when it was read.
    owners: HashMap<String, (Arc<KeyOwner>, Timestamp)>,
}

/// The remembered keys.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<RwLock<Remembered>>);

impl Keys {
    fn read(&self) -> RwLockReadGuard<'_, Remembered> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Remembered> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called after an agent was changed and before anyone is told.
    pub(crate) fn invalidate(&self) {
        let mut remembered = self.write();
        remembered.generation += 1;
        remembered.owners.clear();
    }

    /// Remembers, unless something was forgotten since the row was asked for.
    fn remember(&self, generation: u64, key_id: &str, owner: Arc<KeyOwner>, now: Timestamp) {
        let mut remembered = self.write();
        if remembered.generation == generation {
            if remembered.owners.len() >= MAX_KEYS {
                remembered.owners.clear();
            }
            remembered.owners.insert(key_id.to_owned(), (owner, now));
        }
    }

    /// Forgets a key that is nobody's any more, likewise: whoever comes with it is a stranger.
    fn forget(&self, generation: u64, key_id: &str) {
        let mut remembered = self.write();
        if remembered.generation == generation {
            remembered.owners.remove(key_id);
        }
    }
}

impl Store {
    /// Whether it was known not long ago whose key this is, by the key's public half: then asking
    /// again is rare, and no guess.
    pub fn remembers_key(&self, key_id: &str) -> bool {
        self.keys.read().owners.contains_key(key_id)
    }

    /// The agent a key belongs to, by the key's public half.
    pub async fn key_owner(
        &self,
        key_id: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<KeyOwner>>, DbErr> {
        let generation = {
            let remembered = self.keys.read();
            let known = remembered.owners.get(key_id);
            if let Some((owner, _)) = known.filter(|(_, at)| now < *at + KEYS_ARE_BELIEVED_FOR) {
                return Ok(Some(owner.clone()));
            }
            remembered.generation
        };
        let found = agent_keys::with_agent(self.read(), key_id).await?;
        let Some((key, agent)) = found else {
            self.keys.forget(generation, key_id);
            return Ok(None);
        };
        let owner = Arc::new(KeyOwner {
            id: agent.id,
            name: agent.name,
            role: agent.role.0,
            status: agent.status.0,
            key_hash: key.key_hash,
            pending: key.pending,
            expires_at: key.expires_at.map(|at| at.0),
        });
        self.keys.remember(generation, key_id, owner.clone(), now);
        Ok(Some(owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Arc<KeyOwner> {
        Arc::new(KeyOwner {
            id: "i".to_owned(),
            name: "n".to_owned(),
            role: Role::Executor,
            status: AgentStatus::Active,
            key_hash: "h".to_owned(),
            pending: false,
            expires_at: None,
        })
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let keys = Keys::default();
        let generation = keys.read().generation;
        keys.invalidate();
        keys.remember(generation, "k", owner(), Timestamp::from_micros(0));
        assert!(keys.read().owners.is_empty());
        let generation = keys.read().generation;
        keys.remember(generation, "k", owner(), Timestamp::from_micros(0));
        assert_eq!(keys.read().owners.len(), 1);
        keys.invalidate();
        assert!(keys.read().owners.is_empty());
    }
}
