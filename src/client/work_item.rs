//! A sub-task with everything its executor needs to know, as the packet shows it.

use moss_api::{OrUnknown, SubTask, SubTaskStatus, WakePacket, WorkItem, WorkKind};

use super::Client;
use crate::error::Result;

/// More than any packet takes: this is about one item only.
const NO_BUDGET: &str = "1000000";

/// The sub-task as the server's packet for the caller shows it.
///
/// # Errors
/// When the server cannot be asked.
pub async fn of(client: &Client, sub_task: &SubTask) -> Result<WorkItem> {
    if !client.is_original().await? {
        let query = [("max_tokens", NO_BUDGET.to_owned()), ("rules", "none".to_owned())];
        let packet: WakePacket = client.get("/api/wake", &query).await?;
        if let Some(item) = packet.items.into_iter().find(|item| item.id == sub_task.id) {
            return Ok(item);
        }
    }
    Ok(plain(sub_task))
}

/// The sub-task alone, without what others delivered or said of it.
pub fn plain(sub_task: &SubTask) -> WorkItem {
    WorkItem {
        kind: kind(&sub_task.status),
        id: sub_task.id.clone(),
        name: sub_task.name.clone(),
        task_id: sub_task.task_id.clone(),
        task_name: String::new(),
        priority: sub_task.priority.clone(),
        round: sub_task.rework_count.saturating_add(1),
        attempt: sub_task.attempt,
        since: sub_task.updated_at,
        lease_until: sub_task.lease_until,
        agent: None,
        description: sub_task.description.clone(),
        deliverable: sub_task.deliverable.clone(),
        acceptance: sub_task.acceptance.clone(),
        reason: sub_task.block_reason.clone(),
        rejection: None,
        delivered: None,
        built_on: Vec::new(),
    }
}

fn kind(status: &OrUnknown<SubTaskStatus>) -> OrUnknown<WorkKind> {
    match status.get() {
        Some(SubTaskStatus::Rework) => WorkKind::Rework.into(),
        Some(SubTaskStatus::InProgress) => WorkKind::InProgress.into(),
        Some(SubTaskStatus::Assigned) => WorkKind::Assigned.into(),
        Some(SubTaskStatus::Review) => WorkKind::Review.into(),
        Some(SubTaskStatus::Blocked) => WorkKind::Blocked.into(),
        Some(SubTaskStatus::Pending | SubTaskStatus::Done | SubTaskStatus::Cancelled) | None => {
            OrUnknown::Unknown(status.to_string())
        }
    }
}
