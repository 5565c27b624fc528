//! Agents, listed, with when they were heard from and what they have in hand.

use std::collections::HashMap;

use moss_api::{AgentStatus, Page, Role, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, SubQueryStatement};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use crate::store::Database;
use crate::store::agents::{in_status, present};
use crate::store::column::At;
use crate::store::entity::agent::{Column, Entity, Model};
use crate::store::entity::{log, request_log};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this role.
    pub role: Option<Role>,
    /// In this status; without one, all that were not removed.
    pub status: Option<AgentStatus>,
    /// With this word in the name or description.
    pub word: Option<String>,
    /// That have asked anything since then.
    pub requested_since: Option<Timestamp>,
    /// That have written into the log since then.
    pub active_since: Option<Timestamp>,
    /// That have asked nothing since then.
    pub quiet_since: Option<Timestamp>,
}

/// By what they are sorted.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// When they registered.
    Created,
    /// Their name.
    Name,
    /// Their score.
    Score,
    /// When they asked something last; those that never did as if it were long ago.
    LastRequest,
    /// When they wrote into the log last, likewise.
    LastActivity,
}

/// A page.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    (by, sort): (By, Sort),
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let query = in_status(which.status.map(AgentStatus::as_str));
    let query = with(query, Column::Role, which.role.map(Role::as_str));
    let mut query =
        with_word(db, query, which.word.as_deref(), &[Column::Name, Column::Description]);
    for (last, since) in
        [(last_request(), which.requested_since), (last_activity(), which.active_since)]
    {
        if let Some(since) = since {
            query = query.filter(last.gte(At(since)));
        }
    }
    if let Some(since) = which.quiet_since {
        query = query.filter(or_never(last_request()).lt(At(since)));
    }
    let order = Order::from(sort);
    let query = match by {
        By::Created => query,
        By::Name => query.order_by(Column::Name, order),
        By::Score => query.order_by(Column::TotalScore, order),
        By::LastRequest => query.order_by(or_never(last_request()), order),
        By::LastActivity => query.order_by(or_never(last_activity()), order),
    };
    page(db, query.in_order(Column::CreatedAt, sort), request).await
}

/// When the agent of a row asked something last: by an index, for each row.
fn last_request() -> Expr {
    use request_log::{Column, Entity};
    newest(Column::Timestamp, Column::AgentId, Entity)
}

/// When the agent of a row wrote into the log last, likewise.
fn last_activity() -> Expr {
    use log::{Column, Entity};
    newest(Column::CreatedAt, Column::AgentId, Entity)
}

/// The newest time of the rows that are of the agent of a row: by an index.
pub(super) fn newest<C: ColumnTrait, E: EntityTrait>(at: C, agent: C, of: E) -> Expr {
    let own = |column: C| Expr::col((column.entity_name(), column));
    let newest: SelectStatement = Query::select()
        .expr(own(at).max())
        .from(of.table_ref())
        .and_where(own(agent).eq(Expr::col((Entity, Column::Id))))
        .to_owned();
    SubQueryStatement::SelectStatement(newest).into()
}

/// The same, as long ago where there is none.
pub(super) fn or_never(at: Expr) -> Expr {
    Func::coalesce([at, Expr::val(0)]).into()
}

/// When an agent was heard from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// When it asked something last.
    pub requested: Option<Timestamp>,
    /// When it wrote into the log last.
    pub active: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct HeardRow {
    id: String,
    requested: Option<i64>,
    active: Option<i64>,
}

/// When these agents were heard from.
pub async fn heard(db: &Database, ids: &[String]) -> Result<HashMap<String, Heard>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<HeardRow> = Entity::find()
        .select_only()
        .column(Column::Id)
        .column_as(last_request(), "requested")
        .column_as(last_activity(), "active")
        .filter(Column::Id.is_in(ids))
        .into_model()
        .all(db)
        .await?;
    let heard = |row: &HeardRow| Heard {
        requested: row.requested.map(Timestamp::from_micros),
        active: row.active.map(Timestamp::from_micros),
    };
    Ok(rows.into_iter().map(|row| (row.id.clone(), heard(&row))).collect())
}

/// The scores of all agents.
pub async fn scores(db: &Database) -> Result<Vec<i64>, DbErr> {
    present().select_only().column(Column::TotalScore).into_tuple().all(db).await
}
