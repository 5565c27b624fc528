//! The dashboard in numbers, for the person in charge.

use std::sync::Arc;

use moss_api::LooseNumber;
use moss_api::admin::{Highlights, Overview, Trends};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::days::{DaysUntilToday, zone};
use crate::domain::queries::admin::dashboard;
use crate::http::extract::admin_list::within;
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::query::{Query, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(dashboard_overview))
        .routes(routes!(dashboard_highlights))
        .routes(routes!(dashboard_trends))
}

/// Whose days.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Zone {
    /// A time zone, such as `Europe/Berlin`; without one, the server's.
    #[serde(deserialize_with = "text")]
    zone: Option<String>,
}

/// How things stand.
#[utoipa::path(get, path = "/api/admin/dashboard/overview", tag = "dashboard")]
async fn dashboard_overview(
    caller: AdminCaller,
    Query(given): Query<Zone>,
) -> Result<Json<Overview>> {
    let now = caller.app.clock.now();
    let days = DaysUntilToday::new(now, &zone(given.zone.as_deref())?, 1);
    Ok(Json(dashboard::overview(caller.db(), now, &days).await?))
}

/// How many, and how quiet.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
struct Most {
    /// Rows of each list at most, 1 to 50.
    #[param(value_type = i64, default = 5, minimum = 1, maximum = 50)]
    limit: LooseNumber,
    /// After how many hours an agent counts as quiet, 1 to 720.
    #[param(value_type = i64, default = 24, minimum = 1, maximum = 720)]
    inactive_hours: LooseNumber,
}

impl Default for Most {
    fn default() -> Self {
        Self { limit: LooseNumber(5), inactive_hours: LooseNumber(24) }
    }
}

/// What is worth a look: blocked, waiting for a verdict, busy, quiet, judged.
#[utoipa::path(get, path = "/api/admin/dashboard/highlights", tag = "dashboard")]
async fn dashboard_highlights(
    caller: AdminCaller,
    Query(given): Query<Most>,
) -> Result<Json<Highlights>> {
    let limit = within("limit", given.limit.0, 1, 50)?;
    let hours = within("inactive_hours", given.inactive_hours.0, 1, 720)?;
    let now = caller.app.clock.now();
    Ok(Json(dashboard::highlights(caller.db(), now, limit, hours).await?))
}

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
struct Back {
    /// Days, the last of which is today, 1 to 30.
    #[param(value_type = i64, default = 7, minimum = 1, maximum = 30)]
    days: LooseNumber,
}

impl Default for Back {
    fn default() -> Self {
        Self { days: LooseNumber(7) }
    }
}

/// What was done, day by day. Of days that are over it is told as it was an hour ago at most.
#[utoipa::path(get, path = "/api/admin/dashboard/trends", tag = "dashboard")]
async fn dashboard_trends(
    caller: AdminCaller,
    Query(given): Query<Back>,
    Query(of): Query<Zone>,
) -> Result<Json<Trends>> {
    let days = within("days", given.days.0, 1, dashboard::MOST_DAYS)?;
    let now = caller.app.clock.now();
    let days = DaysUntilToday::new(now, &zone(of.zone.as_deref())?, days);
    Ok(Json(dashboard::trends(caller.db(), &caller.app.past_days, now, days).await?))
}
