//! The activity log as it is shown.

use moss_api::{Log, Timestamp};

use crate::domain::Error;
use crate::domain::queries::{self, Agent, Db, Part, Sort};
use crate::store::logs;

/// Entries of the activity log.
#[derive(Clone, Debug)]
pub struct LogList {
    /// About this sub-task, as the caller named it.
    pub sub_task: Option<String>,
    /// By this agent.
    pub agent: Option<Agent>,
    /// Of this kind, verbatim: an unknown word matches nothing.
    pub action: Option<String>,
    /// Not older than this.
    pub since: Timestamp,
    /// By when they were written.
    pub sort: Sort,
    /// Entries at most.
    pub limit: u64,
    /// Entries left out before them.
    pub offset: u64,
}

impl LogList {
    /// Reads them.
    ///
    /// # Errors
    /// When several things begin as a filter does.
    pub async fn run(self, db: &Db) -> Result<Part<Log>, Error> {
        let sub_task_id = queries::sub_task_id(db, self.sub_task).await?;
        let agent_id = match self.agent {
            None => None,
            Some(agent) => Some(agent.id(db).await?),
        };
        let filter = logs::Filter {
            sub_task_id,
            agent_id,
            action: self.action,
            since: self.since,
            limit: self.limit,
        };
        Ok(logs::list(db, &filter, self.sort, self.offset).await?)
    }
}
