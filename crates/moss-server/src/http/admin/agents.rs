//! Agents, for the person in charge. Making them and their keys is in [`crate::http::routes`].

use std::sync::Arc;

use moss_api::admin::{
    AdminAgent, AdminAgentInFull, AgentRequest, AgentTraces, Bootstrap, RemovedAgent,
};
use moss_api::text::{AgentName, Text};
use moss_api::{AgentBrief, Log, LooseNumber, Page, RewardLog, Role};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::access::{agents as accounts, bootstrap, removal};
use crate::domain::queries::admin::agents::{self, By, Which, WhichLogs, WhichRequests};
use crate::http::extract::admin_list::{AdminList, choice, days_ago, known};
use crate::http::extract::body::{Body, BodyOrDefault};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{AgentIdRef, AgentRef, Path};
use crate::http::extract::query::{Query, filter, number, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};
use crate::http::routes::agents::fresh;
use crate::http::routes::invites::ttl_of;
use crate::security::secret::InviteToken;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_list_agents))
        .routes(routes!(admin_get_agent, admin_edit_agent, admin_remove_agent))
        .routes(routes!(admin_agent_traces))
        .routes(routes!(admin_bootstrap_agent))
        .routes(routes!(admin_agent_ledger))
        .routes(routes!(admin_agent_activity))
        .routes(routes!(admin_agent_requests))
}

/// Which agents, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichAgents {
    /// Of this role.
    #[serde(deserialize_with = "text")]
    role: Option<String>,
    /// `active` or `disabled`; `removed` for those that are in no other list.
    #[serde(deserialize_with = "text")]
    status: Option<String>,
    /// With this word in the name or description, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// That have asked anything within so many days.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    last_request_within_days: Option<i64>,
    /// That have written into the log within so many days.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    last_activity_within_days: Option<i64>,
    /// `created_at`, `name`, `total_score`, `last_request_at` or `last_activity_at`.
    #[serde(deserialize_with = "text")]
    #[param(default = "created_at")]
    sort_by: Option<String>,
}

/// List agents, with when they were heard from and what they have in hand.
#[utoipa::path(get, path = "/api/admin/agents", tag = "admin")]
async fn admin_list_agents(
    caller: AdminCaller,
    Query(given): Query<WhichAgents>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminAgent>>> {
    let (sort, page) = page.request()?;
    let by = [
        ("created_at", By::Created),
        ("name", By::Name),
        ("total_score", By::Score),
        ("last_request_at", By::LastRequest),
        ("last_activity_at", By::LastActivity),
    ];
    let order = (choice("sort_by", given.sort_by.as_deref(), &by)?, sort);
    let now = caller.app.clock.now();
    let requested = days_ago("last_request_within_days", given.last_request_within_days, now)?;
    let active = days_ago("last_activity_within_days", given.last_activity_within_days, now)?;
    let which = Which {
        role: known("role", given.role.as_deref())?,
        status: known("status", given.status.as_deref())?,
        word: given.keyword,
        requested_since: requested,
        active_since: active,
        quiet_since: None,
    };
    Ok(Json(agents::list(caller.db(), &which, order, page).await?))
}

/// An agent, with its ledger counted and what it has done.
#[utoipa::path(get, path = "/api/admin/agents/{id}", tag = "admin")]
async fn admin_get_agent(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
) -> Result<Json<AdminAgentInFull>> {
    Ok(Json(agents::one(caller.db(), &id).await?))
}

/// What an agent is to be; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = EditAgent)]
struct EditAgent {
    /// Unique, also in its looks. A blank one leaves the name as it is.
    #[serde(default, deserialize_with = "unless_blank")]
    name: Option<AgentName>,
    /// What it is for. What it has in its hands goes to others when that changes.
    #[serde(default)]
    role: Option<Role>,
    /// Free text.
    #[serde(default)]
    description: Option<Text>,
}

fn unless_blank<'de, D: Deserializer<'de>>(
    d: D,
) -> std::result::Result<Option<AgentName>, D::Error> {
    let name = Option::<String>::deserialize(d)?.filter(|name| !name.trim().is_empty());
    name.map(AgentName::new).transpose().map_err(D::Error::custom)
}

/// Change what an agent is called, what it is for, or what is said of it.
#[utoipa::path(put, path = "/api/admin/agents/{id}", tag = "admin")]
async fn admin_edit_agent(
    caller: AdminCaller,
    Path(id, _): Path<AgentIdRef>,
    Body(body): Body<EditAgent>,
) -> Result<Written<AgentBrief>> {
    let edit = accounts::Edit {
        id,
        name: body.name.map(Into::into),
        role: body.role,
        description: body.description.map(Into::into),
    };
    caller.write(edit).await
}

/// That this agent is meant, and no other.
#[derive(Deserialize, ToSchema)]
struct RemoveAgent {
    /// Its name.
    confirm_name: Text,
}

/// Remove an agent for good: its keys end, what it has in its hands goes to others, its name is free.
/// What it did stays.
#[utoipa::path(delete, path = "/api/admin/agents/{id}", tag = "admin")]
async fn admin_remove_agent(
    caller: AdminCaller,
    Path(id, _): Path<AgentIdRef>,
    Body(body): Body<RemoveAgent>,
) -> Result<Written<RemovedAgent>> {
    caller.write(removal::Remove { id, confirm_name: body.confirm_name.into_inner() }).await
}

/// In how many rows an agent is named.
#[utoipa::path(get, path = "/api/admin/agents/{id}/related-counts", tag = "admin")]
async fn admin_agent_traces(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
) -> Result<Json<AgentTraces>> {
    Ok(Json(removal::traces(caller.db(), &id).await?))
}

/// Which lines of the ledger.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichLines {
    /// For the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
}

/// List the lines of an agent's ledger.
#[utoipa::path(get, path = "/api/admin/agents/{id}/score-logs", tag = "admin")]
async fn admin_agent_ledger(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
    Query(given): Query<WhichLines>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<RewardLog>>> {
    let (sort, page) = page.request()?;
    Ok(Json(agents::ledger(caller.db(), &id, given.sub_task_id, sort, page).await?))
}

/// Which entries.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichEntries {
    /// Of this kind; an unknown one finds nothing.
    #[serde(deserialize_with = "filter")]
    action: Option<String>,
    /// About the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// Not older than so many days.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    days: Option<i64>,
}

/// List what an agent wrote into the activity log.
#[utoipa::path(get, path = "/api/admin/agents/{id}/activity-logs", tag = "admin")]
async fn admin_agent_activity(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
    Query(given): Query<WhichEntries>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<Log>>> {
    let (sort, page) = page.request()?;
    let since = days_ago("days", given.days, caller.app.clock.now())?;
    let (action, sub_task_id) = (given.action, given.sub_task_id);
    let which = WhichLogs { action, sub_task_id, since, ..WhichLogs::default() };
    Ok(Json(agents::activity(caller.db(), &id, which, sort, page).await?))
}

/// Which requests.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichAsked {
    /// Not older than so many days.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    days: Option<i64>,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`, in whatever case.
    #[serde(deserialize_with = "text")]
    method: Option<String>,
    /// With this word in the path, in whatever case.
    #[serde(deserialize_with = "text")]
    path_keyword: Option<String>,
}

/// List what an agent asked and how it was answered, as long as that is kept.
#[utoipa::path(get, path = "/api/admin/agents/{id}/request-logs", tag = "admin")]
async fn admin_agent_requests(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
    Query(given): Query<WhichAsked>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AgentRequest>>> {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let (sort, page) = page.request()?;
    let since = days_ago("days", given.days, caller.app.clock.now())?;
    let method = match given.method.map(|method| method.to_ascii_uppercase()) {
        None => None,
        Some(method) => Some(choice("method", Some(&method), &METHODS.map(|word| (word, word)))?),
    };
    let which = WhichRequests { agent_id: None, method, word: given.path_keyword, since };
    Ok(Json(agents::asked(caller.db(), &id, which, sort, page).await?))
}

/// For how long the command works.
#[derive(Default, Deserialize, ToSchema)]
struct BootstrapFor {
    /// Seconds; an hour without it.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    expires_in: Option<LooseNumber>,
}

/// Make the one command that gets an agent onto a host: it installs, registers and puts it on a timer.
#[utoipa::path(post, path = "/api/admin/agents/{id}/bootstrap", tag = "admin")]
async fn admin_bootstrap_agent(
    caller: AdminCaller,
    Path(id, _): Path<AgentIdRef>,
    BodyOrDefault(body): BodyOrDefault<BootstrapFor>,
) -> Result<Written<Bootstrap>> {
    let make = bootstrap::Make {
        id,
        token: fresh(InviteToken::generate())?,
        ttl: ttl_of(body.expires_in)?,
        server: caller.app.url(),
    };
    caller.write(make).await
}
