//! A change of what a planner wrote.

use moss_api::Priority;
use sea_orm::Set;

use crate::store::Word;
use crate::store::entity::sub_task::ActiveModel;

/// A change of text or priority.
pub fn edited(
    name: Option<String>,
    description: Option<String>,
    deliverable: Option<String>,
    acceptance: Option<String>,
    priority: Option<Priority>,
) -> ActiveModel {
    let mut change = ActiveModel::default();
    if let Some(name) = name {
        change.name = Set(name);
    }
    if let Some(description) = description {
        change.description = Set(description);
    }
    if let Some(deliverable) = deliverable {
        change.deliverable = Set(deliverable);
    }
    if let Some(acceptance) = acceptance {
        change.acceptance = Set(acceptance);
    }
    if let Some(priority) = priority {
        change.priority = Set(Word(priority));
        change.priority_rank = Set(priority.rank());
    }
    change
}
