//! The best sub-task for me, by listing and trying.

use moss_api::{Hold, Page, Priority, SubTask};

use crate::context::Context;
use crate::error::Result;

/// How many are tried before giving up: others claim from the same list.
const MAX_TRIES: usize = 10;

/// The first that can be had, high priority first and then oldest first; none when nothing is
/// offered or others were always quicker.
///
/// # Errors
/// When the list cannot be had, or a claim fails for another reason than being late.
pub async fn next(ctx: &Context, body: &Hold) -> Result<Option<SubTask>> {
    let mut page: Page<SubTask> =
        ctx.client.get("/api/sub-tasks/available", &[("page_size", "100".to_owned())]).await?;
    page.items.sort_by_key(|sub_task| (rank(sub_task), sub_task.created_at));
    for sub_task in page.items.iter().take(MAX_TRIES) {
        let path = format!("/api/sub-tasks/{}/claim", sub_task.id);
        match ctx.client.post(&path, body).await {
            Ok(claimed) => return Ok(Some(claimed)),
            // Its 400 is any refused transition: most likely somebody else has it now.
            Err(error) if error.exit() == moss_api::Exit::Refused => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Sort key; a word of its own comes last.
pub fn rank(sub_task: &SubTask) -> i16 {
    sub_task.priority.get().map_or(i16::MAX, Priority::rank)
}
