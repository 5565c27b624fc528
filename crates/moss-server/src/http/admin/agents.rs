//! Agents, for the person in charge. Making them and their keys is in [`crate::http::routes`].

use std::sync::Arc;
use std::time::Duration;

use moss_api::admin::{AdminAgent, AdminAgentInFull};
use moss_api::{Page, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::agents::{self, By, Which};
use crate::http::extract::admin_list::{AdminList, choice, known, within};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{AgentRef, Path};
use crate::http::extract::query::{Query, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(admin_list_agents)).routes(routes!(admin_get_agent))
}

/// Which agents, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichAgents {
    /// Of this role.
    role: Option<String>,
    /// `active` or `disabled`.
    status: Option<String>,
    /// With this word in the name or description, in whatever case.
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
    };
    Ok(Json(agents::list(caller.db(), &which, order, page).await?))
}

/// So many days ago; before everything when they are more than there have been.
fn days_ago(name: &str, days: Option<i64>, now: Timestamp) -> Result<Option<Timestamp>> {
    const DAY: u64 = 24 * 60 * 60;
    let Some(days) = days else { return Ok(None) };
    let days = u64::try_from(within(name, days, 1, i64::MAX)?).unwrap_or(1);
    let ago = Duration::from_secs(days.saturating_mul(DAY));
    Ok(Some((now - ago).max(Timestamp::from_micros(0))))
}

/// An agent, with its ledger counted and what it has done.
#[utoipa::path(get, path = "/api/admin/agents/{id}", tag = "admin")]
async fn admin_get_agent(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
) -> Result<Json<AdminAgentInFull>> {
    Ok(Json(agents::one(caller.db(), &id).await?))
}
