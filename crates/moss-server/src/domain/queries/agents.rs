//! Agents as they are shown.

use moss_api::AgentBrief;

use crate::domain::queries::{Db, Part, Sort};
use crate::domain::{Error, Refusal};
use crate::store::entity::agent;
use crate::store::{Reads, agents};

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

/// Whether any agent is registered.
pub async fn any(db: &Db) -> Result<bool, Error> {
    Ok(agents::any(db).await?)
}
