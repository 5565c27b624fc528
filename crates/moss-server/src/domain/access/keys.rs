//! An agent's own key, exchanged without ever leaving the agent without one.
//!
//! A new key is pending until it is used. Its first use makes it the current key, and only then
//! does the one before it get its end. So a caller that dies before it has stored the new key goes
//! on with the old one, for ever if need be, and asks again when it likes.

use std::sync::Arc;

use moss_api::{ErrorCode, KeyRotated, NextStep, Timestamp};

use crate::domain::{Actor, Command, Error, Refusal};
use crate::security::secret::AgentKey;
pub use crate::store::KEYS_ARE_BELIEVED_FOR;
use crate::store::{KeyOwner, Store, Tx, agent_keys};

/// Whom a key lets in now.
///
/// # Errors
/// [`ErrorCode::UnknownKey`] when it is of no agent, or has ended.
pub async fn owner(store: &Store, key: &AgentKey, now: Timestamp) -> Result<Arc<KeyOwner>, Error> {
    Ok(judged(named(store, key, now).await?, key, now)?)
}

/// Whom a key lets in, of whom it says it is.
///
/// # Errors
/// [`ErrorCode::UnknownKey`] as in [`owner`].
pub fn judged(
    owner: Option<Arc<KeyOwner>>,
    key: &AgentKey,
    now: Timestamp,
) -> Result<Arc<KeyOwner>, Refusal> {
    let is_its = |owner: &Arc<KeyOwner>| owner.is_void() || key.matches(&owner.key_hash);
    let owner = owner.filter(is_its).ok_or_else(unknown)?;
    if owner.is_void() || owner.has_ended(now) {
        let detail = "this key was replaced by a newer one and has ended";
        return Err(Refusal::new(ErrorCode::UnknownKey, detail).next(NextStep::CheckKey));
    }
    Ok(owner)
}

/// Whose key it says it is, whether or not it is let in.
pub async fn named(
    store: &Store,
    key: &AgentKey,
    now: Timestamp,
) -> Result<Option<Arc<KeyOwner>>, Error> {
    Ok(store.key_owner(key.id(), now).await?)
}

/// A key that is of no agent.
pub fn unknown() -> Refusal {
    Refusal::new(ErrorCode::UnknownKey, "this key is of no agent").next(NextStep::CheckKey)
}

/// Give the caller a key that takes the place of its own once it is used. One that was pending is
/// void; of several asked for at once the last counts.
pub struct Rotate {
    /// Whose key.
    pub actor: Actor,
    /// The public half of the key the caller came with.
    pub current: String,
    /// The new key.
    pub next: AgentKey,
}

impl Command for Rotate {
    type Output = KeyRotated;
    // Nothing remembered changes: a pending key is asked for again before it is let in.
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<KeyRotated, Error> {
        if !agent_keys::propose(tx, &self.actor.id, &self.current, &self.next).await? {
            return Err(Refusal::new(
                ErrorCode::NotCurrentKey,
                "this key was replaced by a newer one and is about to end; it gets no successor",
            )
            .next(NextStep::CheckKey)
            .into());
        }
        Ok(KeyRotated {
            agent_id: self.actor.id.clone(),
            api_key: self.next.reveal(),
            grace_seconds: tx.timings.key_grace.as_secs(),
            message: "keep the key: it is shown this once; the old one ends after its first use"
                .to_owned(),
        })
    }
}

/// A pending key was used for the first time: it is the current key now. Of several first uses
/// at once one does it.
pub struct Promote {
    /// Whose key.
    pub agent: String,
    /// The key's public half.
    pub key: String,
}

impl Command for Promote {
    type Output = ();
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        agent_keys::promote(tx, &self.agent, &self.key, tx.now + tx.timings.key_grace).await?;
        Ok(())
    }
}
