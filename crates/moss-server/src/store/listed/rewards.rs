//! Lines of the score ledger, listed.

use moss_api::Page;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::store::Database;
use crate::store::entity::reward::{Column, Entity, Model};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which side of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Above.
    Positive,
    /// Below.
    Negative,
}

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this agent.
    pub agent_id: Option<String>,
    /// For this sub-task.
    pub sub_task_id: Option<String>,
    /// On this side of zero.
    pub sign: Option<Sign>,
    /// With this word in the reason.
    pub word: Option<String>,
}

/// A page, by when they were written.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let query = with(Entity::find(), Column::AgentId, which.agent_id.as_deref());
    let query = with(query, Column::SubTaskId, which.sub_task_id.as_deref());
    let query = match which.sign {
        None => query,
        Some(Sign::Positive) => query.filter(Column::ScoreDelta.gt(0)),
        Some(Sign::Negative) => query.filter(Column::ScoreDelta.lt(0)),
    };
    let query = with_word(db, query, which.word.as_deref(), &[Column::Reason]);
    page(db, query.in_order(Column::CreatedAt, sort), request).await
}
