//! The activity log.

use std::sync::Arc;
use std::time::Duration;

use moss_api::{Log, MAX_LOG_DAYS, MAX_LOG_ENTRIES, requests::CreateLog};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::logs;
use crate::domain::queries::logs::LogList;
use crate::domain::queries::{Agent, Sort};
use crate::http::extract::body::{Body, session_id, word};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::query::{Offset, Query, filter, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{List, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_logs, add_log)).routes(routes!(list_my_logs))
}

const DEFAULT_DAYS: i64 = 7;
const DEFAULT_LIMIT: i64 = 20;
const DAY: u64 = 24 * 60 * 60;

/// Which entries.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Recent {
    /// Of this kind.
    #[serde(deserialize_with = "filter")]
    action: Option<String>,
    /// Of the last so many days: 1 to 60.
    #[serde(deserialize_with = "number")]
    #[param(default = 7)]
    days: Option<i64>,
    /// So many at most: 1 to 500; 0 is the default.
    #[serde(deserialize_with = "number")]
    #[param(default = 20)]
    limit: Option<i64>,
}

/// Whose, and about what.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct About {
    /// About this sub-task: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// By this agent: its name, its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    agent_id: Option<String>,
}

fn list(app: &App, recent: Recent, offset: Offset) -> LogList {
    let days = recent.days.unwrap_or(DEFAULT_DAYS).clamp(1, MAX_LOG_DAYS);
    let limit = match recent.limit.unwrap_or(0) {
        0 => DEFAULT_LIMIT,
        limit => limit.clamp(1, MAX_LOG_ENTRIES),
    };
    let back = Duration::from_secs(u64::try_from(days).unwrap_or(1) * DAY);
    LogList {
        sub_task: None,
        agent: None,
        action: recent.action,
        since: app.clock.now() - back,
        sort: Sort::NewestFirst,
        limit: u64::try_from(limit).unwrap_or(1),
        offset: offset.rows(),
    }
}

/// List what agents wrote into the activity log, newest first.
#[utoipa::path(get, path = "/api/logs", tag = "logs")]
async fn list_logs(
    caller: AgentCaller,
    Query(recent): Query<Recent>,
    Query(about): Query<About>,
    Query(offset): Query<Offset>,
) -> Result<List<Log>> {
    let (sub_task, agent) = (about.sub_task_id, about.agent_id.map(Agent::Named));
    let list = LogList { sub_task, agent, ..list(&caller.app, recent, offset) };
    Ok(List(list.run(caller.db()).await?))
}

/// List what the caller wrote into the activity log, newest first.
#[utoipa::path(get, path = "/api/logs/mine", tag = "logs")]
async fn list_my_logs(
    caller: AgentCaller,
    Query(recent): Query<Recent>,
    Query(offset): Query<Offset>,
) -> Result<List<Log>> {
    let agent = Some(Agent::Id(caller.actor.id.clone()));
    let list = LogList { agent, ..list(&caller.app, recent, offset) };
    Ok(List(list.run(caller.db()).await?))
}

/// Write into the activity log.
#[utoipa::path(post, path = "/api/logs", tag = "logs")]
async fn add_log(caller: AgentCaller, Body(body): Body<CreateLog>) -> Result<Written<Log>> {
    let session = session_id(body.session_id)?;
    let add = logs::Add {
        actor: caller.actor.clone(),
        action: word(body.action, "action")?,
        summary: body.summary.into_inner(),
        sub_task: body.sub_task_id,
        session,
    };
    caller.write(add).await
}
