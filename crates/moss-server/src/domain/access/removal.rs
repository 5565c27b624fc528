//! Removing an agent for good. What it did stays: it is part of what others did, and of why the work is
//! as it is. The agent's name is free again, and what it did stands under another.

use moss_api::admin::{AgentTraces, RemovedAgent};
use moss_api::{AgentStatus, ErrorCode, quoted, short_id};

use crate::domain::queries::Db;
use crate::domain::work::release::release_all;
use crate::domain::{Command, Error, Refusal, names, resolve};
use crate::store::agents::AgentPatch;
use crate::store::listed::traces;
use crate::store::{Reads, Tx, agent_keys, agents};

/// What there is of an agent.
///
/// # Errors
/// When there is none, or several.
pub async fn traces(db: &Db, text: &str) -> Result<AgentTraces, Error> {
    let row = resolve::agent(db, text).await?;
    of(db, row.id, row.name).await
}

async fn of<C: Reads>(db: &C, id: String, name: String) -> Result<AgentTraces, Error> {
    let counts = traces::count(db, &id).await?;
    Ok(AgentTraces { agent_id: id, agent_name: name, counts })
}

/// Remove an agent. Its keys end, and what it has in its hands goes to others.
pub struct Remove {
    /// An id or its beginning.
    pub id: String,
    /// Its name, once more.
    pub confirm_name: String,
}

impl Command for Remove {
    type Output = RemovedAgent;
    const CHANGES_KEYS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<RemovedAgent, Error> {
        let nobody = || Refusal::not_found("agent", &self.id);
        let id = resolve::agent_id(tx.db(), &self.id).await?;
        let row = agents::find(tx.db(), &id).await?.ok_or_else(nobody)?;
        if row.status.0 == AgentStatus::Removed {
            return Err(nobody().into());
        }
        if row.name != self.confirm_name {
            let detail = format!("confirm_name is not {}", quoted(&row.name));
            return Err(Refusal::new(ErrorCode::BadValue, detail).into());
        }
        let name = format!("{} (removed {})", row.name, short_id(&id));
        let naming = Some(names::naming(&name));
        agents::edit(tx, &id, AgentPatch { naming, ..AgentPatch::default() }).await?;
        if !agents::set_status(tx, &id, AgentStatus::Removed).await? {
            return Err(nobody().into());
        }
        agent_keys::end_all(tx, &id).await?;
        let detail = format!("{} was removed", quoted(&row.name));
        release_all(tx, &id, &detail).await?;
        let traces = of(tx.db(), id, row.name).await?;
        let message = format!(
            "removed: its key ends, its name is free, what it did stands under {}",
            quoted(&name)
        );
        Ok(RemovedAgent { message, agent_name: traces.agent_name, counts: traces.counts })
    }
}
