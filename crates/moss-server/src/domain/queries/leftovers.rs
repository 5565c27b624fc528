//! What was noticed on the way, as it is shown.

use moss_api::{BlockOwner, Leftover};

use crate::domain::planning::leftovers::told;
use crate::domain::queries::Db;
use crate::domain::{Error, resolve};
use crate::store::leftovers;

/// Most that one answer has.
const MOST: u64 = 100;

/// Those that wait for the planner, but for remarks, questions first; or all of a task. Oldest first.
///
/// # Errors
/// When there is no such task, or the database fails.
pub async fn leftovers(db: &Db, task: Option<&str>) -> Result<Vec<Leftover>, Error> {
    let rows = match task {
        None => {
            let mut rows = leftovers::questions(db, BlockOwner::Planner, MOST).await?;
            rows.extend(leftovers::noticed(db, MOST).await?);
            rows
        }
        Some(text) => {
            let id = resolve::task_id(db, text).await?;
            leftovers::of_task(db, &id, MOST).await?
        }
    };
    told(db, rows).await
}
