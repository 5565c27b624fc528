//! What has happened to a sub-task: its attempts and its events.

use moss_api::{Attempt, HistoryEvent};
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::Result;

/// Every hold on a sub-task, first to last. None on the original, which keeps none.
///
/// # Errors
/// When the server cannot be asked.
pub async fn attempts(client: &Client, id: &str) -> Result<Vec<Attempt>> {
    recorded(client, id, "attempts").await
}

/// Every event of a sub-task, first to last. None on the original, which keeps none.
///
/// # Errors
/// When the server cannot be asked.
pub async fn events(client: &Client, id: &str) -> Result<Vec<HistoryEvent>> {
    recorded(client, id, "history").await
}

async fn recorded<T: DeserializeOwned>(client: &Client, id: &str, what: &str) -> Result<Vec<T>> {
    if client.is_original().await? {
        return Ok(Vec::new());
    }
    client.get(&format!("/api/sub-tasks/{id}/{what}"), &[]).await
}
