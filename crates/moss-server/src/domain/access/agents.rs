//! Agents and their keys.

use moss_api::{
    AgentBrief, AgentCreated, AgentStatus, ErrorCode, KeyReset, NextStep, Role, quoted,
};

use crate::domain::access::invites::Ticket;
use crate::domain::names::{self, Look};
use crate::domain::resolve::agent_id;
use crate::domain::work::release::release_all;
use crate::domain::{Command, Error, Refusal};
use crate::security::secret::{AgentKey, sha256_hex};
use crate::store::entity::agent;
use crate::store::{At, Tx, Word, agent_keys, agents, new_id};

/// Register an agent. Its key is shown in the answer and nowhere else.
pub struct Register {
    /// Unique, also in its looks.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Free text.
    pub description: String,
    /// The key it will have.
    pub key: AgentKey,
    /// The invite that lets it in; none when that has been judged already.
    pub ticket: Option<Ticket>,
    /// The caller's idempotency key. A repeat of a registration whose answer was lost gets the
    /// same agent with a fresh key, since the first is known to nobody (invariant 8), and uses
    /// no invite up a second time.
    pub repeat_key: Option<String>,
    /// Where agents reach this server, for hints.
    pub server: String,
}

impl Command for Register {
    type Output = AgentCreated;
    const SECRET: bool = true;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<AgentCreated, Error> {
        if let Some(row) = self.repeated(tx).await? {
            agent_keys::replace_all(tx, &row.id, &self.key).await?;
            return Ok(self.created(row));
        }
        names::no_disguised_id(&self.name)?;
        let look = Look::of(&self.name);
        // Before the agent, so that whoever comes without a good one costs no rollback. A name
        // that is taken undoes it.
        if let Some(ticket) = &self.ticket {
            ticket.redeem(tx, self.role).await?;
        }
        let row = agent::Model {
            id: new_id(),
            name: self.name.clone(),
            look: look.written,
            read_look: look.read,
            folded_look: look.folded,
            role: Word(self.role),
            description: self.description.clone(),
            status: Word(AgentStatus::Active),
            total_score: 0,
            registered_with: self.registered_with(),
            created_at: At(tx.now),
        };
        if !agents::insert(tx, row.clone()).await? {
            return Err(self.name_taken(tx, &row).await?.into());
        }
        agent_keys::give(tx, &row.id, &self.key).await?;
        Ok(self.created(row))
    }
}

impl Register {
    /// What tells a repeat of this registration: its idempotency key, and the invite, so that
    /// nobody without it can repeat what it let in.
    fn registered_with(&self) -> Option<String> {
        let invite = self.ticket.as_ref().map_or("", |ticket| &ticket.hash);
        self.repeat_key.as_ref().map(|key| sha256_hex(format!("{invite} {key}").as_bytes()))
    }

    /// The agent an earlier copy of this registration has made.
    async fn repeated(&self, tx: &Tx) -> Result<Option<agent::Model>, Error> {
        let Some(with) = self.registered_with() else { return Ok(None) };
        let namesake = agents::by_name(tx.db(), &self.name).await?;
        Ok(namesake.filter(|row| {
            row.registered_with.as_ref() == Some(&with)
                && row.role.0 == self.role
                && tx.now < row.created_at.0 + tx.timings.idempotency_retention
        }))
    }

    /// The name is taken, or one that looks like it.
    async fn name_taken(&self, tx: &Tx, row: &agent::Model) -> Result<Refusal, Error> {
        let name = quoted(&self.name);
        let detail = match agents::lookalike(tx.db(), row).await? {
            Some(other) if other != self.name => {
                format!("{name} can be mistaken for the agent {}", quoted(&other))
            }
            Some(_) | None => format!("an agent named {name} exists already"),
        };
        Ok(Refusal::new(ErrorCode::NameTaken, detail)
            .hint("register under another name")
            .next(NextStep::LogIn { server: self.server.clone() }))
    }

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

    async fn run(&self, tx: &Tx) -> Result<AgentBrief, Error> {
        let id = agent_id(tx.db(), &self.id).await?;
        if !agents::set_status(tx, &id, self.status).await? {
            return Err(Refusal::not_found("agent", &self.id).into());
        }
        let row = agents::find(tx.db(), &id).await?;
        let row = row.ok_or_else(|| Refusal::not_found("agent", &self.id))?;
        if self.status == AgentStatus::Disabled {
            let detail = format!("{} was disabled", quoted(&row.name));
            release_all(tx, &row.id, &detail).await?;
        }
        Ok(row.into())
    }
}

/// Give an agent a new key; every other one stops working at once.
pub struct ResetKey {
    /// An id or its beginning.
    pub id: String,
    /// The new key.
    pub key: AgentKey,
}

impl Command for ResetKey {
    type Output = KeyReset;
    const SECRET: bool = true;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<KeyReset, Error> {
        let id = agent_id(tx.db(), &self.id).await?;
        if !agent_keys::replace_all(tx, &id, &self.key).await? {
            return Err(Refusal::not_found("agent", &self.id).into());
        }
        Ok(KeyReset {
            agent_id: id,
            new_api_key: self.key.reveal(),
            message: "the old key stops working now; the new one is shown this once".to_owned(),
        })
    }
}
