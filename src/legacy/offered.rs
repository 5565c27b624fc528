//! What is still worth doing. The original goes on offering the sub-tasks of tasks that are over,
//! and cancelling a task there leaves them as they are.

use std::collections::HashSet;

use moss_api::{Page, SubTask, Task, TaskStatus};

use crate::client::pages::{self, Wanted};
use crate::client::{Client, Query};
use crate::error::Result;

/// The ids of the tasks that are over.
#[derive(Debug)]
pub struct Over(HashSet<String>);

impl Over {
    /// Among these.
    pub fn among(tasks: &[Task]) -> Self {
        let over = [TaskStatus::Completed, TaskStatus::Archived, TaskStatus::Cancelled];
        let is_over = |task: &&Task| over.iter().any(|status| task.status == *status);
        Self(tasks.iter().filter(is_over).map(|task| task.id.clone()).collect())
    }

    /// Among all there are.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn ask(client: &Client) -> Result<Self> {
        Ok(Self::among(&pages::all::<Task>(client, "/api/tasks", &[]).await?.items))
    }

    /// Leaves what is still worth doing.
    pub fn leave(&self, sub_tasks: &mut Vec<SubTask>) {
        sub_tasks.retain(|sub_task| !self.0.contains(&sub_task.task_id));
    }
}

/// As much as is wanted of a list, without what belongs to tasks that are over.
///
/// # Errors
/// When a list cannot be had.
pub async fn list(
    client: &Client,
    path: &str,
    query: Query<'_>,
    wanted: Wanted,
) -> Result<Page<SubTask>> {
    let (over, mut whole) =
        tokio::try_join!(Over::ask(client), pages::all::<SubTask>(client, path, query))?;
    over.leave(&mut whole.items);
    Ok(pages::cut(whole, wanted))
}
