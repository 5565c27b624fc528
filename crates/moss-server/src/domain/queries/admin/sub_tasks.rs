//! Sub-tasks as the person in charge is shown them.

use moss_api::Page;
use moss_api::admin::{AdminSubTask, AdminSubTaskInFull};

use crate::domain::queries::admin::Names;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, Refusal, resolve};
use crate::store::entity::sub_task::Model;
use crate::store::listed;

pub use crate::store::listed::sub_tasks::{By, Which};

impl From<Model> for AdminSubTask {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            task_id: row.task_id,
            task_name: None,
            module_id: row.module_id,
            module_name: None,
            name: row.name,
            description: row.description,
            kind: row.kind.0.into(),
            status: row.status.0.into(),
            priority: row.priority.0.into(),
            assigned_agent: row.assigned_agent,
            assigned_agent_name: None,
            current_session_id: row.current_session_id,
            rework_count: row.rework_count,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            completed_at: row.completed_at.map(|at| at.0),
            lease_until: row.lease_until.map(|at| at.0),
            deadline: row.deadline.map(|at| at.0),
            block_reason: row.block_reason,
            block_owner: row.block_owner.map(|owner| owner.0.into()),
        }
    }
}

/// Which sub-tasks, of which task and module as the caller named them.
#[derive(Clone, Debug)]
pub struct List {
    /// Which task, if one.
    pub task: Option<String>,
    /// Which module, if one.
    pub module: Option<String>,
    /// Which of them.
    pub which: Which,
    /// In which order.
    pub order: (By, Sort),
    /// Which page.
    pub page: PageRequest,
}

impl List {
    /// Reads a page.
    ///
    /// # Errors
    /// When there is no such task or module, or the module is another task's.
    pub async fn run(self, db: &Db) -> Result<Page<AdminSubTask>, Error> {
        let mut which = self.which;
        if let Some(task) = self.task {
            which.task_id = Some(resolve::task(db, &task).await?.id);
        }
        if let Some(text) = self.module {
            let id = resolve::module_id(db, &text).await?;
            let module = listed::tasks::module(db, &id).await?;
            let module = module.ok_or_else(|| Refusal::not_found("module", &text))?;
            if which.task_id.as_ref().is_some_and(|task| *task != module.task_id) {
                return Err(Refusal::bad_value("module_id", "is a module of another task").into());
            }
            which.module_id = Some(module.id);
        }
        let mut page = listed::sub_tasks::list(db, &which, self.order, self.page).await?;
        name(db, &mut page.items).await?;
        Ok(page)
    }
}

async fn name(db: &Db, rows: &mut [AdminSubTask]) -> Result<(), Error> {
    let names = Names::of(
        db,
        rows.iter().filter_map(|row| row.assigned_agent.clone()).collect(),
        rows.iter().map(|row| row.task_id.clone()).collect(),
        rows.iter().filter_map(|row| row.module_id.clone()).collect(),
    )
    .await?;
    for row in rows {
        row.task_name = names.task(&row.task_id);
        row.module_name = names.module(row.module_id.as_ref());
        row.assigned_agent_name = names.agent(row.assigned_agent.as_ref());
    }
    Ok(())
}

/// One, with everything it says.
///
/// # Errors
/// When there is none, or several.
pub async fn one(db: &Db, text: &str) -> Result<AdminSubTaskInFull, Error> {
    let row = resolve::sub_task(db, text).await?;
    let (deliverable, acceptance) = (row.deliverable.clone(), row.acceptance.clone());
    let mut row = AdminSubTask::from(row);
    name(db, std::slice::from_mut(&mut row)).await?;
    Ok(AdminSubTaskInFull { row, deliverable, acceptance })
}
