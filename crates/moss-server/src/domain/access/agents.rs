//! Agents and their keys.

use moss_api::{
    AgentBrief, AgentCreated, AgentStatus, ErrorCode, KeyReset, NextStep, Role, quoted,
};

use crate::domain::access::invites::Ticket;
use crate::domain::names;
use crate::domain::resolve::agent_id;
use crate::domain::work::release::release_all;
use crate::domain::{Command, Error, Refusal};
use crate::security::secret::{AgentKey, sha256_hex};
use crate::store::agents::{AgentPatch, Edited};
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
        let naming = names::naming(&self.name);
        // Before the agent, so that whoever comes without a good one costs no rollback. A name
        // that is taken undoes it.
        if let Some(ticket) = &self.ticket
            && let Some(id) = ticket.redeem(tx, self.role).await?
        {
            return self.let_in_again(tx, &id).await;
        }
        let row = agent::Model {
            id: new_id(),
            name: naming.name.clone(),
            look: naming.look.clone(),
            read_look: naming.read_look.clone(),
            folded_look: naming.folded_look.clone(),
            role: Word(self.role),
            description: self.description.clone(),
            status: Word(AgentStatus::Active),
            total_score: 0,
            registered_with: self.registered_with(),
            created_at: At(tx.now),
        };
        if !agents::insert(tx, row.clone()).await? {
            let taken = name_taken(agents::lookalike(tx.db(), &naming).await?, &self.name);
            let log_in = NextStep::LogIn { server: self.server.clone() };
            return Err(taken.hint("register under another name").next(log_in).into());
        }
        agent_keys::give(tx, &row.id, &self.key).await?;
        Ok(self.created(row))
    }
}

impl Register {
    /// An agent that is there gets a new key: its host is another, or has lost the one it had.
    async fn let_in_again(&self, tx: &Tx, id: &str) -> Result<AgentCreated, Error> {
        let row = agents::find(tx.db(), id).await?;
        let row = row.filter(|row| row.status.0 != AgentStatus::Removed);
        let row = row.ok_or_else(|| Refusal::not_found("agent", id))?;
        if row.name != self.name {
            let detail = format!("the invite is for {} alone", quoted(&row.name));
            let hint = format!("register with --name {}", quoted(&row.name));
            return Err(Refusal::new(ErrorCode::InviteWrongRole, detail).hint(hint).into());
        }
        agent_keys::replace_all(tx, &row.id, &self.key).await?;
        Ok(self.created(row))
    }

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

/// A name is taken, or one that looks like it.
fn name_taken(by: Option<agent::Model>, name: &str) -> Refusal {
    let quoted_name = quoted(name);
    let detail = match by {
        Some(other) if other.name != name => {
            format!("{quoted_name} can be mistaken for the agent {}", quoted(&other.name))
        }
        Some(_) | None => format!("an agent named {quoted_name} exists already"),
    };
    Refusal::new(ErrorCode::NameTaken, detail)
}

/// Change what an agent is called, what it is for, or what is said of it.
pub struct Edit {
    /// An id or its beginning.
    pub id: String,
    /// Unique, also in its looks.
    pub name: Option<String>,
    /// What it is for. What it has in its hands goes to others then.
    pub role: Option<Role>,
    /// Free text.
    pub description: Option<String>,
}

impl Command for Edit {
    type Output = AgentBrief;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<AgentBrief, Error> {
        let id = agent_id(tx.db(), &self.id).await?;
        let nobody = || Refusal::not_found("agent", &self.id);
        let before = agents::find(tx.db(), &id).await?.ok_or_else(nobody)?;
        let naming = match &self.name {
            None => None,
            Some(name) => {
                names::no_disguised_id(name)?;
                let naming = names::naming(name);
                let alike = agents::lookalike(tx.db(), &naming).await?;
                if let Some(other) = alike.filter(|other| other.id != id) {
                    return Err(name_taken(Some(other), name).into());
                }
                Some(naming)
            }
        };
        let description = self.description.clone();
        match agents::edit(tx, &id, AgentPatch { naming, role: self.role, description }).await? {
            Edited::Done => {}
            Edited::Nobody => return Err(nobody().into()),
            Edited::NameTaken => {
                return Err(name_taken(None, self.name.as_deref().unwrap_or_default()).into());
            }
        }
        if let Some(role) = self.role.filter(|role| *role != before.role.0) {
            let detail = format!("{} became a {role}", quoted(&before.name));
            release_all(tx, &id, &detail).await?;
        }
        Ok(agents::find(tx.db(), &id).await?.ok_or_else(nobody)?.into())
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
        if self.status == AgentStatus::Removed {
            let problem = "is no status to be set: an agent is removed by DELETE";
            return Err(Refusal::bad_value("status", problem).into());
        }
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
