//! Agents as the person in charge is shown them.

use moss_api::admin::{AdminAgent, AdminAgentInFull};
use moss_api::{Page, SubTaskStatus};

use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, resolve};
use crate::store::entity::agent::Model;
use crate::store::listed::{agents as rows, tasks as counted};
use crate::store::reviews;

pub use crate::store::listed::agents::{By, Which};

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
    complete(db, &mut page.items).await?;
    Ok(page)
}

/// Adds what the rows themselves do not say. Answers what each has of every status.
async fn complete(db: &Db, agents: &mut [AdminAgent]) -> Result<Vec<counted::Counts>, Error> {
    let ids: Vec<_> = agents.iter().map(|agent| agent.id.clone()).collect();
    let heard = rows::heard(db, &ids).await?;
    let mut counts = counted::count(db, counted::Of::Agent, &ids).await?;
    let scores = rows::scores(db).await?;
    let mut all = Vec::new();
    for agent in agents {
        let above = scores.iter().filter(|score| **score > agent.total_score).count();
        agent.rank = i64::try_from(above).unwrap_or(i64::MAX - 1) + 1;
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
    let counts = complete(db, std::slice::from_mut(&mut agent)).await?.remove(0);
    let of = |status| counts.get(&status).copied().unwrap_or_default();
    Ok(AdminAgentInFull {
        total_agents: ledger.total_agents,
        reward_count: ledger.reward_count,
        penalty_count: ledger.penalty_count,
        total_reward_records: ledger.total_records,
        done_count: of(SubTaskStatus::Done),
        cancelled_count: of(SubTaskStatus::Cancelled),
        agent,
    })
}
