//! The feed: who does what. What was said is left out; nobody is let in to read it.

use std::collections::HashMap;

use moss_api::Timestamp;
use moss_api::admin::{FeedAction, FeedAgent, FeedAgentInShort, FeedRequest, FeedSubTask};

use crate::domain::Error;
use crate::domain::queries::Db;
use crate::domain::queries::admin::Names;
use crate::store::agents;
use crate::store::entity::{agent, request_log};
use crate::store::listed::{feed, requests};

/// Most agents of a list.
const MOST_AGENTS: u64 = 200;
/// Newest requests of each agent.
const RECENT: u64 = 5;

impl From<request_log::Model> for FeedRequest {
    fn from(row: request_log::Model) -> Self {
        Self {
            id: row.seq.to_string(),
            timestamp: row.timestamp.0,
            method: row.method,
            path: row.path,
            agent_id: row.agent_id,
            agent_name: row.agent_name,
            agent_role: row.agent_role.0.into(),
            request_body: None,
            response_status: row.response_status,
        }
    }
}

impl From<request_log::Model> for FeedAction {
    fn from(row: request_log::Model) -> Self {
        Self {
            method: row.method,
            path: row.path,
            request_body: None,
            response_status: row.response_status,
            timestamp: row.timestamp.0,
        }
    }
}

/// The newest requests, of one agent if one is named.
pub async fn newest(
    db: &Db,
    agent: Option<&str>,
    after: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<FeedRequest>, Error> {
    let rows = requests::newest(db, agent, after, limit).await?;
    Ok(rows.into_iter().map(FeedRequest::from).collect())
}

impl From<agent::Model> for FeedAgent {
    fn from(row: agent::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role.0.into(),
            status: row.status.0.into(),
            total_score: row.total_score,
            created_at: row.created_at.0,
        }
    }
}

/// The agents, by score; 200 at most.
pub async fn of_all(db: &Db) -> Result<Vec<FeedAgent>, Error> {
    let rows = agents::by_score(db, MOST_AGENTS).await?;
    Ok(rows.into_iter().map(FeedAgent::from).collect())
}

/// The agents and what they do, by score; 200 at most.
pub async fn in_short(db: &Db, today: Timestamp) -> Result<Vec<FeedAgentInShort>, Error> {
    let rows = agents::by_score(db, MOST_AGENTS).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let requests_today = feed::requests_since(db, today, &ids).await?;
    let handed_in = feed::handed_in_since(db, today, &ids).await?;
    let judged = feed::judged_since(db, today).await?;
    let mut working = HashMap::new();
    for row in feed::in_progress(db, &ids).await? {
        if let Some(agent) = row.assigned_agent.clone() {
            working.entry(agent).or_insert(row);
        }
    }
    let modules = working.values().filter_map(|row| row.module_id.clone()).collect();
    let names = Names::of(db, Vec::new(), Vec::new(), modules).await?;
    let of = |counts: &HashMap<String, i64>, id: &str| counts.get(id).copied().unwrap_or(0);
    let mut all = Vec::new();
    for row in rows {
        let recent = requests::newest(db, Some(&row.id), None, RECENT).await?;
        let current = working.remove(&row.id).map(|at| FeedSubTask {
            id: at.id,
            name: at.name,
            module_name: names.module(at.module_id.as_ref()),
        });
        all.push(FeedAgentInShort {
            today_request_count: of(&requests_today, &row.id),
            today_submit_count: of(&handed_in, &row.id),
            today_review_count: of(&judged, &row.id),
            current_sub_task: current,
            recent_actions: recent.into_iter().map(FeedAction::from).collect(),
            id: row.id,
            name: row.name,
            role: row.role.0.into(),
            total_score: row.total_score,
        });
    }
    Ok(all)
}
