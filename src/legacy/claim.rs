//! Claiming, where a late claim is a bad request and there is no best sub-task to ask for.

use moss_api::{Action, Claimed, Priority, ScoreSummary, SubTask, requests::Hold};

use super::offered;
use super::refusal::{illegal, look_at};
use crate::client::Client;
use crate::client::pages::Wanted;
use crate::error::{Error, Result};

/// How many are tried before giving up: others claim from the same list.
const MAX_TRIES: usize = 10;

/// Makes sense of a refused claim of this sub-task: the original refuses the holder's too.
///
/// # Errors
/// When it is unknown or somebody else's, or the server cannot be asked.
pub async fn settle(client: &Client, id: &str, error: Error) -> Result<Claimed> {
    if !error.is_bad_request() {
        return Err(error);
    }
    let sub_task = look_at(client, id).await?;
    let held = sub_task.status.get().is_some_and(|status| status.is_held());
    let me: ScoreSummary = client.get("/api/scores/me", &[]).await?;
    if held && sub_task.assigned_agent.as_ref() == Some(&me.agent_id) {
        return Ok(Claimed { sub_task, already_held: true });
    }
    Err(illegal(Action::Claim, &sub_task))
}

/// The first that can be had, high priority first and then oldest first; none when nothing is
/// offered or others were always quicker.
///
/// # Errors
/// When the list cannot be had, or a claim fails for another reason than being late.
pub async fn next(client: &Client, body: &Hold) -> Result<Option<Claimed>> {
    let mut page =
        offered::list(client, "/api/sub-tasks/available", &[], Wanted::Everything).await?;
    page.items.sort_by_key(|sub_task| (rank(sub_task), sub_task.created_at));
    for sub_task in page.items.iter().take(MAX_TRIES) {
        let path = format!("/api/sub-tasks/{}/claim", sub_task.id);
        match client.post(&path, body).await {
            Ok(claimed) => return Ok(Some(claimed)),
            // Somebody else has it now.
            Err(error) if error.is_bad_request() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Sort key; a word of its own comes last.
pub fn rank(sub_task: &SubTask) -> i16 {
    sub_task.priority.get().map_or(i16::MAX, Priority::rank)
}
