//! A sub-task as the packet shows it.

use moss_api::{OrUnknown, SubTask, SubTaskStatus, WorkItem, WorkKind};

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
        lease_ends_soon: sub_task.lease_ends_soon,
        agent: None,
        description: sub_task.description.clone(),
        deliverable: sub_task.deliverable.clone(),
        acceptance: sub_task.acceptance.clone(),
        reason: sub_task.block_reason.clone(),
        block_class: sub_task.block_class.clone(),
        due: sub_task.block_due,
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
            OrUnknown::Unknown(status.word())
        }
    }
}
