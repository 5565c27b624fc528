//! Sub-tasks, listed.

use moss_api::{BlockOwner, Page, Priority, SubTaskStatus, WorkType};
use sea_orm::{DbErr, EntityTrait};
use serde::Serialize;

use crate::store::Database;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this task.
    pub task_id: Option<String>,
    /// Of this module.
    pub module_id: Option<String>,
    /// In this status.
    pub status: Option<SubTaskStatus>,
    /// Held by, or to be reworked by, this agent.
    pub assigned_agent: Option<String>,
    /// Blocked, and this one's to unblock.
    pub block_owner: Option<BlockOwner>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this type.
    pub kind: Option<WorkType>,
    /// With this word in the name or description.
    pub word: Option<String>,
}

/// By what they are sorted.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// When they were made.
    Created,
    /// When they changed last.
    Updated,
    /// The word of their priority, as for the original.
    Priority,
    /// The word of their status.
    Status,
    /// How often they were rejected.
    Reworks,
}

impl From<By> for Column {
    fn from(by: By) -> Self {
        match by {
            By::Created => Self::CreatedAt,
            By::Updated => Self::UpdatedAt,
            By::Priority => Self::Priority,
            By::Status => Self::Status,
            By::Reworks => Self::ReworkCount,
        }
    }
}

/// A page.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    (by, sort): (By, Sort),
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let mut query = Entity::find();
    for (column, value) in [
        (Column::TaskId, which.task_id.as_deref()),
        (Column::ModuleId, which.module_id.as_deref()),
        (Column::AssignedAgent, which.assigned_agent.as_deref()),
        (Column::Status, which.status.map(SubTaskStatus::as_str)),
        (Column::BlockOwner, which.block_owner.map(BlockOwner::as_str)),
        (Column::Priority, which.priority.map(Priority::as_str)),
        (Column::Kind, which.kind.map(WorkType::as_str)),
    ] {
        query = with(query, column, value);
    }
    let query = with_word(db, query, which.word.as_deref(), &[Column::Name, Column::Description]);
    page(db, query.in_order(by.into(), sort), request).await
}
