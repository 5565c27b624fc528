//! Late submissions, as they are shown.

use moss_api::LateSubmission;

use crate::domain::queries::Db;
use crate::domain::work::late::told;
use crate::domain::{Error, resolve};
use crate::store::late_submissions;

/// Most that one answer has.
const MOST: u64 = 100;

/// Those of a sub-task; or those that wait and could be adopted. Oldest first.
///
/// # Errors
/// When there is no such sub-task, or the database fails.
pub async fn late(db: &Db, sub_task: Option<&str>) -> Result<Vec<LateSubmission>, Error> {
    let rows = match sub_task {
        None => late_submissions::waiting(db, MOST).await?,
        Some(text) => {
            let id = resolve::sub_task_id(db, text).await?;
            late_submissions::of_sub_task(db, &id, MOST).await?
        }
    };
    told(db, rows).await
}
