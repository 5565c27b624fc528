//! What stands still. No lease takes anything back here, so whatever somebody holds may.

use std::time::Duration;

use futures_util::future::try_join_all;
use moss_api::{Log, LogAction, STUCK_MINUTES, SubTask};

use super::wake::MAX_ITEMS;
use crate::client::Client;
use crate::error::Result;

/// A sub-task that stands still, for how long at least, and what its holder wrote about it last.
#[derive(Debug)]
pub struct Stuck {
    sub_task: SubTask,
    quiet: Duration,
    entry: Option<Log>,
}

impl Stuck {
    /// What it is.
    pub const fn sub_task(&self) -> &SubTask {
        &self.sub_task
    }

    /// Why it is one. Whoever cannot do a sub-task there can only log it.
    pub fn reason(&self) -> String {
        let quiet = match self.quiet.as_secs() / 60 {
            minutes @ ..120 => format!("{minutes} min"),
            minutes => format!("{} h", minutes / 60),
        };
        let still = format!("no change and no entry of its holder in the log for {quiet}");
        match &self.entry {
            Some(entry) if entry.action == LogAction::Blocked => {
                format!("{still}; the last one says it is blocked: {}", entry.summary)
            }
            Some(_) | None => still,
        }
    }
}

/// Those of these that stand still, longest first; no more than a packet takes.
///
/// # Errors
/// When a holder's log cannot be read.
pub async fn stuck(client: &Client, mut held: Vec<SubTask>) -> Result<Vec<Stuck>> {
    let limit = Duration::from_secs(u64::from(STUCK_MINUTES) * 60);
    held.retain(|sub_task| client.since(sub_task.updated_at) >= limit);
    held.sort_by_key(|sub_task| sub_task.updated_at);
    let mut stuck = Vec::new();
    for some in held.chunks(MAX_ITEMS) {
        let looked_at = try_join_all(some.iter().map(|sub_task| look_at(client, sub_task))).await?;
        stuck.extend(looked_at.into_iter().filter(|it| it.quiet >= limit));
        if stuck.len() >= MAX_ITEMS {
            break;
        }
    }
    stuck.truncate(MAX_ITEMS);
    Ok(stuck)
}

async fn look_at(client: &Client, sub_task: &SubTask) -> Result<Stuck> {
    let entry = newest_entry(client, sub_task).await?;
    let written = entry.as_ref().map_or(sub_task.updated_at, |entry| entry.created_at);
    let quiet = client.since(written.max(sub_task.updated_at));
    Ok(Stuck { sub_task: sub_task.clone(), quiet, entry })
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
