//! What the person in charge is shown: every list with its filters, its order and the names that belong
//! to it. The original's shapes.

pub mod agents;
pub mod dashboard;
pub mod feed;
pub mod health;
pub mod logs;
pub mod past_days;
pub mod reviews;
pub mod scores;
pub mod sub_tasks;
pub mod tasks;

use std::collections::HashMap;

use crate::domain::Error;
use crate::domain::queries::Db;
use crate::store::entity::{module, task};
use crate::store::{agents as agent_rows, listed, sub_tasks as sub_task_rows, tasks as task_rows};

/// Names by id.
#[derive(Default)]
struct Names {
    agents: HashMap<String, String>,
    tasks: HashMap<String, String>,
    modules: HashMap<String, String>,
}

impl Names {
    /// Looks them up: one question for each kind.
    async fn of(
        db: &Db,
        agent_ids: Vec<String>,
        task_ids: Vec<String>,
        module_ids: Vec<String>,
    ) -> Result<Self, Error> {
        let tasks = match distinct(task_ids) {
            ids if ids.is_empty() => Vec::new(),
            ids => task_rows::find_many(db, &ids).await?,
        };
        let modules = listed::tasks::modules_by_id(db, &distinct(module_ids)).await?;
        let of_task = |row: task::Model| (row.id, row.name);
        let of_module = |row: module::Model| (row.id, row.name);
        Ok(Self {
            agents: agent_rows::names(db, distinct(agent_ids)).await?,
            tasks: tasks.into_iter().map(of_task).collect(),
            modules: modules.into_iter().map(of_module).collect(),
        })
    }

    fn agent(&self, id: Option<&String>) -> Option<String> {
        self.agents.get(id?).cloned()
    }

    fn task(&self, id: &str) -> Option<String> {
        self.tasks.get(id).cloned()
    }

    fn module(&self, id: Option<&String>) -> Option<String> {
        self.modules.get(id?).cloned()
    }
}

fn distinct(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The sub-tasks with these ids, by id.
async fn sub_tasks_by_id(
    db: &Db,
    ids: Vec<String>,
) -> Result<HashMap<String, crate::store::entity::sub_task::Model>, Error> {
    let rows = match distinct(ids) {
        ids if ids.is_empty() => Vec::new(),
        ids => sub_task_rows::find_many(db, &ids).await?,
    };
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}
