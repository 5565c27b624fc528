//! Agents and their keys.

use moss_api::{AgentBrief, AgentCreated, AgentStatus, ErrorCode, Role};
use serde::Serialize;

use super::Refusal;
use super::look::agent_id;
use crate::secret::{AgentKey, sha256_hex};
use crate::store::entity::agent;
use crate::store::{At, Command, Tx, Word, agents, new_id};

/// Register an agent. Its key is shown in the answer and nowhere else.
pub struct Register {
    /// Unique.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Free text.
    pub description: String,
    /// The key it will have.
    pub key: AgentKey,
    /// The caller's idempotency key. A repeat of a registration whose answer was lost gets the
    /// same agent with a fresh key, since the first is known to nobody (invariant 8).
    pub repeat_key: Option<String>,
}

impl Command for Register {
    type Output = AgentCreated;
    const SECRET: bool = true;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<AgentCreated, Refusal> {
        let repeat = self.repeat_key.as_ref().map(|key| sha256_hex(key.as_bytes()));
        let row = agent::Model {
            id: new_id(),
            name: self.name.clone(),
            role: Word(self.role),
            description: self.description.clone(),
            status: Word(AgentStatus::Active),
            total_score: 0,
            key_id: self.key.id().to_owned(),
            key_hash: self.key.secret_hash(),
            registered_with: repeat.clone(),
            created_at: At(tx.now),
        };
        if agents::insert(tx, row.clone()).await? {
            return Ok(self.created(row));
        }
        let taken = agents::by_name(tx.db(), &self.name).await?;
        match taken {
            Some(row)
                if repeat.is_some()
                    && row.registered_with == repeat
                    && row.role.0 == self.role
                    && tx.now < row.created_at.0 + tx.policy.idempotency_retention =>
            {
                let (key_id, hash) = (self.key.id().to_owned(), self.key.secret_hash());
                agents::set_key(tx, &row.id, key_id, hash).await?;
                Ok(self.created(row))
            }
            _ => Err(Refusal::new(
                ErrorCode::NameTaken,
                format!("an agent named \"{}\" exists already", self.name),
            )
            .hint("choose another name, or use the key that agent was given")),
        }
    }
}

impl Register {
    fn created(&self, row: agent::Model) -> AgentCreated {
        AgentCreated {
            id: row.id,
            name: row.name,
            role: row.role.0.into(),
            api_key: self.key.reveal(),
            message: "keep the key: it is shown this once".to_owned(),
        }
    }
}

/// Let an agent in, or keep it out.
pub struct SetStatus {
    /// An id or its beginning.
    pub id: String,
    /// Active or disabled.
    pub status: AgentStatus,
}

impl Command for SetStatus {
    type Output = AgentBrief;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<AgentBrief, Refusal> {
        let id = agent_id(tx.db(), &self.id).await?;
        if !agents::set_status(tx, &id, self.status).await? {
            return Err(Refusal::not_found("agent", &self.id));
        }
        let row = agents::find(tx.db(), &id).await?;
        Ok(row.ok_or_else(|| Refusal::not_found("agent", &self.id))?.into())
    }
}

/// Give an agent a new key; the old one stops working.
pub struct ResetKey {
    /// An id or its beginning.
    pub id: String,
    /// The new key.
    pub key: AgentKey,
}

/// The answer to [`ResetKey`], in the original's words.
#[derive(Debug, Serialize)]
pub struct KeyReset {
    /// Whose key.
    pub agent_id: String,
    /// Shown this once.
    pub new_api_key: String,
    /// What to do with it.
    pub message: String,
}

impl Command for ResetKey {
    type Output = KeyReset;
    const SECRET: bool = true;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<KeyReset, Refusal> {
        let id = agent_id(tx.db(), &self.id).await?;
        let (key_id, hash) = (self.key.id().to_owned(), self.key.secret_hash());
        if !agents::set_key(tx, &id, key_id, hash).await? {
            return Err(Refusal::not_found("agent", &self.id));
        }
        Ok(KeyReset {
            agent_id: id,
            new_api_key: self.key.reveal(),
            message: "the old key stops working now; the new one is shown this once".to_owned(),
        })
    }
}
