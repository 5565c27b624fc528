//! The activity log, for the person in charge.

use std::sync::Arc;

use moss_api::Page;
use moss_api::admin::AdminLog;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::logs::{self, Which};
use crate::http::extract::admin_list::{AdminList, known, within};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::query::{Query, filter, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(admin_list_logs))
}

/// Which entries.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichLogs {
    /// Of the agent with this id.
    #[serde(deserialize_with = "filter")]
    agent_id: Option<String>,
    /// Of this kind.
    action: Option<String>,
    /// About the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// With this word in the text, in whatever case.
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
    let days = given.days.map(|days| within("days", days, 1, i64::MAX)).transpose()?;
    let now = caller.app.clock.now();
    let which = Which {
        agent_id: given.agent_id,
        sub_task_id: given.sub_task_id,
        action: known("action", given.action.as_deref())?,
        word: given.keyword,
        since: days.map(|days| logs::since(now, days)),
    };
    Ok(Json(logs::list(caller.db(), &which, sort, page).await?))
}
