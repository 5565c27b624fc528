//! Tasks and modules as the person in charge is shown them.

use moss_api::admin::{AdminModule, AdminModuleInFull, AdminTask, StatusCounts};
use moss_api::{Page, SubTaskStatus};

use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, Refusal, resolve};
use crate::store::entity::{module, task};
use crate::store::listed::{self, tasks as rows};

pub use crate::store::listed::tasks::{By, Which};

fn in_words(counts: &rows::Counts) -> StatusCounts {
    let of = |status| counts.get(&status).copied().unwrap_or_default();
    StatusCounts {
        sub_task_count: counts.values().sum(),
        pending_count: of(SubTaskStatus::Pending),
        assigned_count: of(SubTaskStatus::Assigned),
        in_progress_count: of(SubTaskStatus::InProgress),
        review_count: of(SubTaskStatus::Review),
        rework_count: of(SubTaskStatus::Rework),
        done_count: of(SubTaskStatus::Done),
        blocked_count: of(SubTaskStatus::Blocked),
        cancelled_count: of(SubTaskStatus::Cancelled),
    }
}

impl From<task::Model> for AdminTask {
    fn from(row: task::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            kind: row.kind.0.into(),
            status: row.status.0.into(),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            from_person: row.from_person,
            deadline: row.deadline.map(|at| at.0),
            module_count: 0,
            counts: StatusCounts::default(),
        }
    }
}

impl From<module::Model> for AdminModule {
    fn from(row: module::Model) -> Self {
        Self {
            id: row.id,
            task_id: row.task_id,
            name: row.name,
            description: row.description,
            created_at: row.created_at.0,
            counts: StatusCounts::default(),
        }
    }
}

/// A page of tasks.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &Db,
    which: &Which,
    order: (By, Sort),
    page: PageRequest,
) -> Result<Page<AdminTask>, Error> {
    let mut page = rows::list(db, which, order, page).await?;
    count(db, &mut page.items).await?;
    Ok(page)
}

async fn count(db: &Db, tasks: &mut [AdminTask]) -> Result<(), Error> {
    let ids: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
    let counts = rows::count(db, rows::Of::Task, &ids, SubTaskStatus::ALL).await?;
    let modules = rows::count_modules(db, &ids).await?;
    for task in tasks {
        task.counts = counts.get(&task.id).map(in_words).unwrap_or_default();
        task.module_count = modules.get(&task.id).copied().unwrap_or_default();
    }
    Ok(())
}

/// The task a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn one(db: &Db, text: &str) -> Result<AdminTask, Error> {
    let mut task = AdminTask::from(resolve::task(db, text).await?);
    count(db, std::slice::from_mut(&mut task)).await?;
    Ok(task)
}

/// A page of the modules of the task a text names, by name or by when they were made.
///
/// # Errors
/// When there is no such task, or several.
pub async fn modules(
    db: &Db,
    text: &str,
    order: (bool, Sort),
    page: PageRequest,
) -> Result<Page<AdminModule>, Error> {
    let task = resolve::task(db, text).await?;
    let mut page = rows::modules(db, &task.id, order, page).await?;
    count_of_modules(db, &mut page.items).await?;
    Ok(page)
}

async fn count_of_modules(db: &Db, modules: &mut [AdminModule]) -> Result<(), Error> {
    let ids: Vec<_> = modules.iter().map(|module| module.id.clone()).collect();
    let counts = rows::count(db, rows::Of::Module, &ids, SubTaskStatus::ALL).await?;
    for module in modules {
        module.counts = counts.get(&module.id).map(in_words).unwrap_or_default();
    }
    Ok(())
}

/// The module a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn module(db: &Db, text: &str) -> Result<AdminModuleInFull, Error> {
    let id = resolve::module_id(db, text).await?;
    let row = listed::tasks::module(db, &id).await?;
    let row = row.ok_or_else(|| Refusal::not_found("module", text))?;
    let task_name = resolve::task(db, &row.task_id).await?.name;
    let mut module = AdminModule::from(row);
    count_of_modules(db, std::slice::from_mut(&mut module)).await?;
    Ok(AdminModuleInFull { module, task_name })
}
