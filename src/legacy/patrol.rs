//! What stands still. No lease takes anything back here, so whatever somebody holds may.

use std::time::Duration;

use futures_util::future::try_join_all;
use moss_api::{Log, STALLED_MINUTES, SubTask};

use super::wake::MAX_ITEMS;
use crate::client::Client;
use crate::error::Result;

/// A sub-task that stands still, and for how long at least.
#[derive(Debug)]
pub struct Stalled {
    sub_task: SubTask,
    quiet: Duration,
}

impl Stalled {
    /// What it is.
    pub const fn sub_task(&self) -> &SubTask {
        &self.sub_task
    }

    /// Why it is one.
    pub fn reason(&self) -> String {
        let minutes = self.quiet.as_secs() / 60;
        format!("no change and no entry of its holder in the log for {minutes} min")
    }
}

/// Those of these that stand still, longest first.
///
/// # Errors
/// When a holder's log cannot be read.
pub async fn stalled(client: &Client, mut held: Vec<SubTask>) -> Result<Vec<Stalled>> {
    let limit = Duration::from_secs(u64::from(STALLED_MINUTES) * 60);
    held.retain(|sub_task| client.since(sub_task.updated_at) >= limit);
    held.sort_by_key(|sub_task| sub_task.updated_at);
    held.truncate(MAX_ITEMS);
    let looked_at = held.into_iter().map(async |sub_task| {
        let quiet = match newest_entry(client, &sub_task).await? {
            Some(entry) => client.since(entry.created_at.max(sub_task.updated_at)),
            None => client.since(sub_task.updated_at),
        };
        Ok::<_, crate::error::Error>(Stalled { sub_task, quiet })
    });
    let mut stalled = try_join_all(looked_at).await?;
    stalled.retain(|it| it.quiet >= limit);
    Ok(stalled)
}

/// What its holder wrote last about it.
async fn newest_entry(client: &Client, sub_task: &SubTask) -> Result<Option<Log>> {
    let Some(holder) = &sub_task.assigned_agent else { return Ok(None) };
    let query = [
        ("sub_task_id", sub_task.id.clone()),
        ("agent_id", holder.clone()),
        ("days", "60".to_owned()),
        ("limit", "1".to_owned()),
    ];
    Ok(client.get::<Vec<Log>>("/api/logs", &query).await?.into_iter().next())
}
