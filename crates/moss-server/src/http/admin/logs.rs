//! The activity log, for the person in charge.

use std::sync::Arc;

use moss_api::admin::AdminLog;
use moss_api::{LogAction, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::logs::{self, Which};
use crate::http::extract::admin_list::{AdminList, days_ago, known};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::query::{Query, filter, number, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(admin_list_logs))
}

/// Older entries are not looked for, however many days are asked for.
const MOST_DAYS: i64 = 60;

/// Which entries.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichLogs {
    /// Of the agent with this id.
    #[serde(deserialize_with = "filter")]
    agent_id: Option<String>,
    /// Of this kind.
    #[serde(deserialize_with = "text")]
    action: Option<String>,
    /// About the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// With this word in the text, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// Not older than so many days, 60 at most.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    days: Option<i64>,
}

/// List the activity log of all agents.
#[utoipa::path(get, path = "/api/admin/logs", tag = "logs")]
async fn admin_list_logs(
    caller: AdminCaller,
    Query(given): Query<WhichLogs>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminLog>>> {
    let (sort, page) = page.request()?;
    let days = given.days.map(|days| days.min(MOST_DAYS));
    let action: Option<LogAction> = known("action", given.action.as_deref())?;
    let which = Which {
        agent_id: given.agent_id,
        sub_task_id: given.sub_task_id,
        action: action.map(|action| action.to_string()),
        word: given.keyword,
        since: days_ago("days", days, caller.app.clock.now())?,
    };
    Ok(Json(logs::list(caller.db(), &which, sort, page).await?))
}
