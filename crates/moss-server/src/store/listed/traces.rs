//! What there is of an agent, in how many rows.

use moss_api::admin::TraceCounts;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, Select,
};

use crate::store::Reads;
use crate::store::entity::{anomaly, log, request_log, review, reward, sub_task};

/// Counts them.
pub async fn count<C: Reads>(db: &C, agent: &str) -> Result<TraceCounts, DbErr> {
    let sub_tasks = sub_task::Entity::find().filter(sub_task::Column::AssignedAgent.eq(agent));
    let reviews = review::Entity::find().filter(review::Column::ReviewerAgent.eq(agent));
    let rewards = reward::Entity::find().filter(reward::Column::AgentId.eq(agent));
    let logs = log::Entity::find().filter(log::Column::AgentId.eq(agent));
    let records = anomaly::Entity::find().filter(anomaly::Column::NotedBy.eq(agent));
    let requests = request_log::Entity::find().filter(request_log::Column::AgentId.eq(agent));
    Ok(TraceCounts {
        sub_task_count: rows(db, sub_tasks).await?,
        review_count: rows(db, reviews).await?,
        reward_count: rows(db, rewards).await?,
        activity_count: rows(db, logs).await?,
        patrol_count: rows(db, records).await?,
        request_count: rows(db, requests).await?,
    })
}

async fn rows<C: Reads, E>(db: &C, of: Select<E>) -> Result<i64, DbErr>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Sized + Send + Sync,
{
    Ok(i64::try_from(of.count(db).await?).unwrap_or(i64::MAX))
}
