//! Entries of the activity log, listed.

use moss_api::{Page, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::store::Database;
use crate::store::column::At;
use crate::store::entity::log::{Column, Entity, Model};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this agent.
    pub agent_id: Option<String>,
    /// About this sub-task.
    pub sub_task_id: Option<String>,
    /// Of this kind, verbatim: an unknown word matches nothing.
    pub action: Option<String>,
    /// With this word in the text.
    pub word: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
}

/// A page, by when they were written.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let mut query = Entity::find();
    for (column, value) in [
        (Column::AgentId, which.agent_id.as_deref()),
        (Column::SubTaskId, which.sub_task_id.as_deref()),
        (Column::Action, which.action.as_deref()),
    ] {
        query = with(query, column, value);
    }
    if let Some(since) = which.since {
        query = query.filter(Column::CreatedAt.gte(At(since)));
    }
    let query = with_word(db, query, which.word.as_deref(), &[Column::Summary]);
    page(db, query.in_order(Column::CreatedAt, sort), request).await
}
