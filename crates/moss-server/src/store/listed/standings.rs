//! Agents by their score, and what is known of their ledgers.

use std::collections::HashMap;

use moss_api::{AgentStatus, Page, Role, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use crate::store::Database;
use crate::store::agents::in_status;
use crate::store::entity::agent::{Column, Model};
use crate::store::entity::reward;
use crate::store::listed::agents::{newest, or_never};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this role.
    pub role: Option<Role>,
    /// In this status.
    pub status: Option<AgentStatus>,
    /// With this word in the name or description.
    pub word: Option<String>,
    /// With this score or a higher one.
    pub at_least: Option<i64>,
    /// With this score or a lower one.
    pub at_most: Option<i64>,
}

/// By what they are sorted.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// Their score.
    Score,
    /// Their rank: the other way round.
    Rank,
    /// When they registered.
    Created,
    /// When their score changed last; those whose score never did as if it were long ago.
    LastScore,
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
    if let Some(least) = which.at_least {
        query = query.filter(Column::TotalScore.gte(least));
    }
    if let Some(most) = which.at_most {
        query = query.filter(Column::TotalScore.lte(most));
    }
    let order = Order::from(sort);
    let reversed = match sort {
        Sort::NewestFirst => Order::Asc,
        Sort::OldestFirst => Order::Desc,
    };
    // Of those with one score whoever came first is first.
    let query = match by {
        By::Score => query.order_by(Column::TotalScore, order),
        By::Rank => query.order_by(Column::TotalScore, reversed),
        By::Created => return page(db, query.in_order(Column::CreatedAt, sort), request).await,
        By::LastScore => query.order_by(last_score(), order),
    };
    page(db, query.in_order(Column::CreatedAt, Sort::OldestFirst), request).await
}

/// When the score of the agent of a row changed last.
fn last_score() -> Expr {
    use reward::{Column, Entity};
    or_never(newest(Column::CreatedAt, Column::AgentId, Entity))
}

/// What is known of a ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger {
    /// Lines above zero.
    pub rewards: i64,
    /// Lines below.
    pub penalties: i64,
    /// All lines.
    pub lines: i64,
    /// When the last one was written.
    pub last: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct LedgerRow {
    agent_id: String,
    rewards: i64,
    penalties: i64,
    lines: i64,
    last: Option<i64>,
}

/// What is known of the ledgers of these agents.
pub async fn ledgers(db: &Database, ids: &[String]) -> Result<HashMap<String, Ledger>, DbErr> {
    use reward::{Column, Entity};
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let counted = |which: Expr| {
        let case: Expr = CaseStatement::new().case(which, 1).into();
        case.count()
    };
    let rows: Vec<LedgerRow> = Entity::find()
        .select_only()
        .column(Column::AgentId)
        .column_as(counted(Column::ScoreDelta.gt(0)), "rewards")
        .column_as(counted(Column::ScoreDelta.lt(0)), "penalties")
        .column_as(Column::Id.count(), "lines")
        .column_as(Column::CreatedAt.max(), "last")
        .filter(Column::AgentId.is_in(ids))
        .group_by(Column::AgentId)
        .into_model()
        .all(db)
        .await?;
    let ledger = |row: &LedgerRow| Ledger {
        rewards: row.rewards,
        penalties: row.penalties,
        lines: row.lines,
        last: row.last.map(Timestamp::from_micros),
    };
    Ok(rows.into_iter().map(|row| (row.agent_id.clone(), ledger(&row))).collect())
}

/// When any score changed last.
pub async fn last_change(db: &Database) -> Result<Option<Timestamp>, DbErr> {
    let last: Option<Option<i64>> = reward::Entity::find()
        .select_only()
        .column_as(reward::Column::CreatedAt.max(), "last")
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().map(Timestamp::from_micros))
}
