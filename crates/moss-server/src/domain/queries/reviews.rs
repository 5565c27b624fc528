//! Reviews as they are shown.

use moss_api::{Page, Review};

use crate::domain::queries::{self, Db, PageRequest, Sort};
use crate::domain::{Error, Refusal, resolve};
use crate::store::reviews;

/// Reviews, of all sub-tasks or of one.
#[derive(Clone, Debug)]
pub struct ReviewList {
    /// Of this sub-task, as the caller named it.
    pub sub_task: Option<String>,
    /// By when they were written; of one sub-task that is by round.
    pub sort: Sort,
    /// Which page.
    pub page: PageRequest,
}

impl ReviewList {
    /// Reads a page.
    ///
    /// # Errors
    /// When several sub-tasks begin as the filter does.
    pub async fn run(self, db: &Db) -> Result<Page<Review>, Error> {
        let sub_task = queries::sub_task_id(db, self.sub_task).await?;
        Ok(reviews::list(db, sub_task.as_deref(), self.sort, self.page).await?)
    }
}

/// The review a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn review(db: &Db, text: &str) -> Result<Review, Error> {
    let id = resolve::review_id(db, text).await?;
    let row = reviews::find(db, &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("review", text))?.into())
}
