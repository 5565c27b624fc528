//! Requests of agents, listed.

use moss_api::{Page, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::store::Database;
use crate::store::column::At;
use crate::store::entity::request_log::{Column, Entity, Model};
use crate::store::listed::{with, with_word};
use crate::store::paging::{PageRequest, Sort, page};
use crate::store::reads::WholeRows;

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this agent.
    pub agent_id: Option<String>,
    /// By this HTTP method.
    pub method: Option<&'static str>,
    /// With this word in the path.
    pub word: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
}

/// A page, by when they were made.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let query = with(Entity::find(), Column::AgentId, which.agent_id.as_deref());
    let query = with(query, Column::Method, which.method);
    let mut query = with_word(db, query, which.word.as_deref(), &[Column::Path]);
    if let Some(since) = which.since {
        query = query.filter(Column::Timestamp.gte(At(since)));
    }
    let query = query.order_by(Column::Timestamp, sort.into()).order_by(Column::Seq, sort.into());
    page(db, query, request).await
}

/// The newest of them, after a time.
pub async fn newest(
    db: &Database,
    agent: Option<&str>,
    after: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = with(Entity::find(), Column::AgentId, agent);
    if let Some(after) = after {
        query = query.filter(Column::Timestamp.gt(At(after)));
    }
    query
        .order_by_desc(Column::Timestamp)
        .order_by_desc(Column::Seq)
        .limit(limit)
        .read_all(db)
        .await
}
