//! Tasks and modules as they are shown.

use moss_api::{Module, Page, Task};

use crate::domain::queries::{self, Db, PageRequest, Part, Sort};
use crate::domain::{Error, resolve};
use crate::store::tasks;

/// All tasks.
#[derive(Clone, Debug)]
pub struct TaskList {
    /// In this status, verbatim: an unknown word matches nothing.
    pub status: Option<String>,
    /// By when they were made.
    pub sort: Sort,
    /// Which page.
    pub page: PageRequest,
}

impl TaskList {
    /// Reads a page.
    pub async fn run(self, db: &Db) -> Result<Page<Task>, Error> {
        Ok(tasks::list(db, self.status.as_deref(), self.sort, self.page).await?)
    }
}

/// The task a text names, and whether all of it is done.
///
/// # Errors
/// When there is none, or several.
pub async fn task(db: &Db, text: &str) -> Result<Task, Error> {
    let row = resolve::task(db, text).await?;
    let all_done = Some(row.all_done());
    Ok(Task { all_done, ..row.into() })
}

/// The modules of the task a text names, first to last; an unknown task has none, as for the
/// original.
///
/// # Errors
/// When several tasks begin so.
pub async fn modules(db: &Db, text: &str, offset: u64) -> Result<Part<Module>, Error> {
    let task = queries::or_nothing(resolve::task_id(db, text).await)?;
    Ok(tasks::list_modules(db, &task, offset).await?)
}
