//! Verdicts and the score ledger (invariant 5).

use std::collections::HashMap;

use moss_api::{Page, Review, RewardLog, ScoreSummary};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::store::Database;
use crate::store::Reads;
use crate::store::agents;
use crate::store::entity::{agent, review, reward};
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Records a verdict, unless this round has one: then the answer is false.
pub async fn insert(tx: &Tx, row: review::Model) -> Result<bool, DbErr> {
    tx.insert_unless_taken(row).await
}

/// Writes a ledger line and adds it to the agent's score, in one go. False when the agent does
/// not exist.
pub async fn reward(tx: &Tx, row: reward::Model) -> Result<bool, DbErr> {
    let add = agent::Entity::update_many()
        .col_expr(
            agent::Column::TotalScore,
            Expr::col(agent::Column::TotalScore).add(row.score_delta),
        )
        .filter(agent::Column::Id.eq(row.agent_id.as_str()));
    if tx.execute(add).await? == 0 {
        return Ok(false);
    }
    tx.insert([row]).await?;
    Ok(true)
}

/// One verdict.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<review::Model>, DbErr> {
    review::Entity::find_by_id(id).read_one(db).await
}

/// A page of verdicts.
pub async fn list(
    db: &Database,
    sub_task: Option<&str>,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<Review>, DbErr> {
    let query = match sub_task {
        None => review::Entity::find().in_order(review::Column::CreatedAt, sort),
        Some(id) => review::Entity::find()
            .filter(review::Column::SubTaskId.eq(id))
            .order_by(review::Column::Round, sort.into()),
    };
    page(db, query, request).await
}

/// The last verdict on each sub-task that has one.
pub async fn last_of<C: Reads>(
    db: &C,
    sub_tasks: &[String],
) -> Result<HashMap<String, review::Model>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = review::Entity::find()
        .filter(review::Column::SubTaskId.is_in(sub_tasks))
        .order_by_asc(review::Column::Round)
        .read_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.sub_task_id.clone(), row)).collect())
}

/// A page of an agent's ledger.
pub async fn ledger(
    db: &Database,
    agent: &str,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<RewardLog>, DbErr> {
    let query = reward::Entity::find()
        .filter(reward::Column::AgentId.eq(agent))
        .in_order(reward::Column::CreatedAt, sort);
    page(db, query, request).await
}

#[derive(FromQueryResult)]
struct Standing {
    above: i64,
    agents: i64,
}

/// Rank and number of agents, for a score: agents with a strictly higher one, plus 1.
pub async fn rank<C: Reads>(db: &C, score: i64) -> Result<(i64, i64), DbErr> {
    let above: Expr = CaseStatement::new().case(agent::Column::TotalScore.gt(score), 1).into();
    let standing = agents::present()
        .select_only()
        .column_as(above.count(), "above")
        .column_as(agent::Column::Id.count(), "agents")
        .into_model::<Standing>()
        .one(db)
        .await?;
    Ok(standing.map_or((1, 0), |standing| (standing.above + 1, standing.agents)))
}

/// An agent's score, rank and ledger counts.
pub async fn summary<C: Reads>(db: &C, agent: &agent::Model) -> Result<ScoreSummary, DbErr> {
    let (rank, total_agents) = rank(db, agent.total_score).await?;
    let of_agent = reward::Entity::find().filter(reward::Column::AgentId.eq(agent.id.as_str()));
    let total = of_agent.clone().count(db).await?;
    let up = of_agent.clone().filter(reward::Column::ScoreDelta.gt(0)).count(db).await?;
    let down = of_agent.filter(reward::Column::ScoreDelta.lt(0)).count(db).await?;
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(ScoreSummary {
        agent_id: agent.id.clone(),
        agent_name: agent.name.clone(),
        total_score: agent.total_score,
        rank,
        total_agents,
        reward_count: signed(up),
        penalty_count: signed(down),
        total_records: signed(total),
    })
}

impl From<review::Model> for Review {
    fn from(row: review::Model) -> Self {
        Self {
            id: row.id,
            sub_task_id: row.sub_task_id,
            reviewer_agent: row.reviewer_agent,
            round: row.round,
            result: row.result.0.into(),
            score: row.score,
            issues: row.issues,
            comment: row.comment,
            rework_agent: row.rework_agent,
            created_at: row.created_at.0,
            attempt: row.attempt,
            waiting: None,
            next_waiting: None,
        }
    }
}

impl From<reward::Model> for RewardLog {
    fn from(row: reward::Model) -> Self {
        Self {
            id: row.id,
            agent_id: row.agent_id,
            sub_task_id: row.sub_task_id,
            reason: row.reason,
            score_delta: row.score_delta,
            created_at: row.created_at.0,
        }
    }
}
