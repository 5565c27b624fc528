//! What is watched: how many there are of everything, for `/metrics`.

use crate::domain::Error;
use crate::domain::queries::Db;
use crate::store::listed::words::{self, Words};

/// How many there are.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Tasks by status.
    pub tasks: Words,
    /// Sub-tasks by status.
    pub sub_tasks: Words,
    /// Agents by status.
    pub agents: Words,
    /// Deliveries by state.
    pub deliveries: Words,
}

/// Counts them.
pub async fn now(db: &Db) -> Result<Watched, Error> {
    Ok(Watched {
        tasks: words::task_statuses(db).await?,
        sub_tasks: words::sub_task_statuses(db).await?,
        agents: words::agent_statuses(db).await?,
        deliveries: words::delivery_states(db).await?,
    })
}
