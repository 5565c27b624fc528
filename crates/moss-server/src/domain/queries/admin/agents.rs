//! Agents as the person in charge is shown them.

use moss_api::admin::{AdminAgent, AdminAgentInFull, AgentRequest};
use moss_api::{Log, Page, RewardLog, SubTaskStatus};

use crate::domain::queries::admin::scores::rank;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, resolve};
use crate::store::entity::agent::Model;
use crate::store::entity::request_log;
use crate::store::listed::{agents as rows, logs, requests, rewards, tasks as counted};
use crate::store::{agent_hosts, agents, reviews};

pub use crate::store::listed::agents::{By, Which};
pub use crate::store::listed::logs::Which as WhichLogs;
pub use crate::store::listed::requests::Which as WhichRequests;

impl From<Model> for AdminAgent {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role.0.into(),
            description: row.description,
            status: row.status.0.into(),
            total_score: row.total_score,
            rank: 0,
            last_request_at: None,
            last_activity_at: None,
            created_at: row.created_at.0,
            open_sub_task_count: 0,
            assigned_count: 0,
            in_progress_count: 0,
            review_count: 0,
            rework_count: 0,
            blocked_count: 0,
        }
    }
}

/// A page.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &Db,
    which: &Which,
    order: (By, Sort),
    page: PageRequest,
) -> Result<Page<AdminAgent>, Error> {
    let mut page = rows::list(db, which, order, page).await?;
    complete(db, &mut page.items, &OPEN).await?;
    Ok(page)
}

/// The agents with these ids, in their order.
pub(super) async fn of(db: &Db, ids: &[String]) -> Result<Vec<AdminAgent>, Error> {
    let found = agents::find_many(db, ids).await?;
    let mut found: Vec<AdminAgent> = found.into_iter().map(AdminAgent::from).collect();
    found.sort_by_key(|agent| ids.iter().position(|id| *id == agent.id));
    complete(db, &mut found, &OPEN).await?;
    Ok(found)
}

/// Lines of the ledger of the agent a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn ledger(
    db: &Db,
    text: &str,
    sub_task_id: Option<String>,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<RewardLog>, Error> {
    let agent_id = Some(resolve::agent(db, text).await?.id);
    let which = rewards::Which { agent_id, sub_task_id, ..rewards::Which::default() };
    Ok(rewards::list(db, &which, sort, page).await?)
}

/// What the agent a text names wrote into the activity log, as far as it meets the other conditions.
///
/// # Errors
/// When there is none, or several.
pub async fn activity(
    db: &Db,
    text: &str,
    which: logs::Which,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<Log>, Error> {
    let agent_id = Some(resolve::agent(db, text).await?.id);
    Ok(logs::list(db, &logs::Which { agent_id, ..which }, sort, page).await?)
}

/// What the agent a text names asked, likewise.
///
/// # Errors
/// When there is none, or several.
pub async fn asked(
    db: &Db,
    text: &str,
    which: requests::Which,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<AgentRequest>, Error> {
    let agent_id = Some(resolve::agent(db, text).await?.id);
    Ok(requests::list(db, &requests::Which { agent_id, ..which }, sort, page).await?)
}

impl From<request_log::Model> for AgentRequest {
    fn from(row: request_log::Model) -> Self {
        Self {
            id: row.seq.to_string(),
            timestamp: row.timestamp.0,
            method: row.method,
            path: row.path,
            response_status: row.response_status,
            request_body: row.request_body,
            acted_by: row.acted_by,
        }
    }
}

/// Statuses of sub-tasks that somebody has and that are not over.
const OPEN: [SubTaskStatus; 5] = [
    SubTaskStatus::Assigned,
    SubTaskStatus::InProgress,
    SubTaskStatus::Review,
    SubTaskStatus::Rework,
    SubTaskStatus::Blocked,
];

/// Adds what the rows themselves do not say. Answers what each has of these statuses: what is over is
/// the most by far, and is counted only where it is shown.
async fn complete(
    db: &Db,
    agents: &mut [AdminAgent],
    statuses: &[SubTaskStatus],
) -> Result<Vec<counted::Counts>, Error> {
    let ids: Vec<_> = agents.iter().map(|agent| agent.id.clone()).collect();
    let heard = rows::heard(db, &ids).await?;
    let mut counts = counted::count(db, counted::Of::Agent, &ids, statuses).await?;
    let scores = rows::scores(db).await?;
    let mut all = Vec::new();
    for agent in agents {
        agent.rank = rank(&scores, agent.total_score);
        let heard = heard.get(&agent.id).copied().unwrap_or_default();
        (agent.last_request_at, agent.last_activity_at) = (heard.requested, heard.active);
        let counts = counts.remove(&agent.id).unwrap_or_default();
        let of = |status| counts.get(&status).copied().unwrap_or_default();
        agent.assigned_count = of(SubTaskStatus::Assigned);
        agent.in_progress_count = of(SubTaskStatus::InProgress);
        agent.review_count = of(SubTaskStatus::Review);
        agent.rework_count = of(SubTaskStatus::Rework);
        agent.blocked_count = of(SubTaskStatus::Blocked);
        agent.open_sub_task_count = agent.assigned_count
            + agent.in_progress_count
            + agent.review_count
            + agent.rework_count
            + agent.blocked_count;
        all.push(counts);
    }
    Ok(all)
}

/// The agent a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn one(db: &Db, text: &str) -> Result<AdminAgentInFull, Error> {
    let row = resolve::agent(db, text).await?;
    let ledger = reviews::summary(db, &row).await?;
    let mut agent = AdminAgent::from(row);
    let counts =
        complete(db, std::slice::from_mut(&mut agent), SubTaskStatus::ALL).await?.remove(0);
    let of = |status| counts.get(&status).copied().unwrap_or_default();
    let host = agent_hosts::find(db, &agent.id).await?;
    Ok(AdminAgentInFull {
        host: host.map(Into::into),
        total_agents: ledger.total_agents,
        reward_count: ledger.reward_count,
        penalty_count: ledger.penalty_count,
        total_reward_records: ledger.total_records,
        done_count: of(SubTaskStatus::Done),
        cancelled_count: of(SubTaskStatus::Cancelled),
        agent,
    })
}
