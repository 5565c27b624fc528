//! What was noticed on the way, as it is shown.

use moss_api::Leftover;

use crate::domain::planning::leftovers::told;
use crate::domain::queries::Db;
use crate::domain::{Error, resolve};
use crate::store::leftovers;

/// Most that one answer has.
const MOST: u64 = 100;

/// Those that wait, but for remarks; or all of a task. Oldest first.
///
/// # Errors
/// When there is no such task, or the database fails.
pub async fn leftovers(db: &Db, task: Option<&str>) -> Result<Vec<Leftover>, Error> {
    let rows = match task {
        None => leftovers::waiting(db, MOST).await?,
        Some(text) => {
            let id = resolve::task_id(db, text).await?;
            leftovers::of_task(db, &id, MOST).await?
        }
    };
    told(db, rows).await
}
