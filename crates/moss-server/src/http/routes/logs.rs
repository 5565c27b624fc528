//! The activity log.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use moss_api::{Log, requests::CreateLog};

use crate::app::App;
use crate::domain::{logs, resolve};
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Reply, json, session_id, word};
use crate::http::response::error::Failure;
use crate::http::routes::sub_tasks::or_nothing;
use crate::store::logs::{Filter, list};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/logs", get(all).post(add)).route("/api/logs/mine", get(mine))
}

const DEFAULT_DAYS: i64 = 7;
const MAX_DAYS: i64 = 60;
const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 500;
const DAY: u64 = 24 * 60 * 60;

/// `days` within 1 to 60; `limit` 0 means the default, otherwise within 1 to 500.
fn filter(call: &AgentCall) -> Result<Filter, Failure> {
    let days = call.int("days")?.unwrap_or(DEFAULT_DAYS).clamp(1, MAX_DAYS);
    let limit = match call.int("limit")?.unwrap_or(0) {
        0 => DEFAULT_LIMIT,
        limit => limit.clamp(1, MAX_LIMIT),
    };
    let back = Duration::from_secs(u64::try_from(days).unwrap_or(1) * DAY);
    Ok(Filter {
        sub_task_id: None,
        agent_id: None,
        action: call.some_param("action").map(str::to_owned),
        since: call.app.clock.now() - back,
        limit: u64::try_from(limit).unwrap_or(1),
    })
}

async fn answer(call: &AgentCall, filter: &Filter) -> Reply {
    let rows = list(call.app.store.read(), filter).await?;
    json(&rows.into_iter().map(Log::from).collect::<Vec<_>>())
}

async fn all(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let mut filter = filter(&call)?;
    if let Some(text) = call.some_param("sub_task_id") {
        filter.sub_task_id = Some(or_nothing(resolve::sub_task_id(db, text).await)?);
    }
    if let Some(text) = call.some_param("agent_id") {
        filter.agent_id = Some(or_nothing(resolve::agent(db, text).await.map(|row| row.id))?);
    }
    answer(&call, &filter).await
}

async fn mine(call: AgentCall) -> Reply {
    let filter = Filter { agent_id: Some(call.actor.id.clone()), ..filter(&call)? };
    answer(&call, &filter).await
}

async fn add(call: AgentCall) -> Reply {
    let body: CreateLog = call.body()?;
    let session = session_id(body.session_id)?;
    call.write(logs::Add {
        actor: call.actor.clone(),
        action: word(body.action, "action")?,
        summary: body.summary.into_inner(),
        sub_task: body.sub_task_id,
        session,
    })
    .await
}
