//! Agents as they are shown.

use moss_api::{AgentBrief, SubTaskStatus, Timestamp};
use serde::Serialize;

use crate::domain::queries::{Db, Part, Sort};
use crate::domain::{Error, Refusal};
use crate::store::entity::agent;
use crate::store::{Reads, agent_keys, agents, sub_tasks};

/// All agents.
#[derive(Clone, Debug)]
pub struct AgentList {
    /// Of this role, verbatim: an unknown word matches nothing.
    pub role: Option<String>,
    /// In this status, verbatim: an unknown word matches nothing.
    pub status: Option<String>,
    /// By registration.
    pub sort: Sort,
    /// Agents left out before them.
    pub offset: u64,
}

impl AgentList {
    /// Reads them.
    pub async fn run(self, db: &Db) -> Result<Part<AgentBrief>, Error> {
        let (role, status) = (self.role.as_deref(), self.status.as_deref());
        Ok(agents::list(db, role, status, self.sort, self.offset).await?)
    }
}

/// The agent with this id.
///
/// # Errors
/// When there is none.
pub async fn by_id<C: Reads>(db: &C, id: &str) -> Result<agent::Model, Error> {
    Ok(agents::find(db, id).await?.ok_or_else(|| Refusal::not_found("agent", id))?)
}

/// Most sub-tasks that are told with an account.
const MAX_HELD: u64 = 50;

/// What the person in charge is shown of one agent.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// Who it is.
    #[serde(flatten)]
    pub agent: AgentBrief,
    /// Since when.
    pub registered_at: Timestamp,
    /// Its keys, without anything that lets in, oldest first.
    pub keys: Vec<KeyState>,
    /// What it holds, oldest first.
    pub holds: Vec<Held>,
}

/// One key of an agent.
#[derive(Clone, Debug, Serialize)]
pub struct KeyState {
    /// When it was made.
    pub since: Timestamp,
    /// Nobody has used it yet, and another one still counts.
    pub pending: bool,
    /// From then on it opens nothing; none while it is the current one.
    pub ends_at: Option<Timestamp>,
}

/// A sub-task an agent holds.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// UUID.
    pub id: String,
    /// Title.
    pub name: String,
    /// Assigned or in progress.
    pub status: SubTaskStatus,
    /// From then on it is taken back.
    pub lease_until: Option<Timestamp>,
}

/// The account of an agent.
pub async fn account(db: &Db, agent: agent::Model) -> Result<Account, Error> {
    let keys = agent_keys::of_agent(db, &agent.id).await?.into_iter().map(|key| KeyState {
        since: key.created_at.0,
        pending: key.pending,
        ends_at: key.expires_at.map(|at| at.0),
    });
    let holds = sub_tasks::held_by(db, &agent.id, MAX_HELD).await?.into_iter().map(|row| Held {
        id: row.id,
        name: row.name,
        status: row.status.0,
        lease_until: row.lease_until.map(|at| at.0),
    });
    let registered_at = agent.created_at.0;
    Ok(Account { agent: agent.into(), registered_at, keys: keys.collect(), holds: holds.collect() })
}

/// Whether any agent is registered.
pub async fn any(db: &Db) -> Result<bool, Error> {
    Ok(agents::any(db).await?)
}
