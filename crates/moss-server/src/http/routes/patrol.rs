//! What is amiss with the team.

use std::sync::Arc;

use moss_api::{Anomaly, Page, requests::Leave};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::patrol::anomalies::AnomalyList;
use crate::domain::patrol::leave::{Judgement, LeaveAnomaly};
use crate::http::extract::body::BodyOrDefault;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{AnomalyRef, Path};
use crate::http::extract::query::{Paging, Query, flag};
use crate::http::extract::role::Patrol;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_anomalies)).routes(routes!(leave_anomaly))
}

/// Which anomalies.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Also those that are over.
    #[serde(deserialize_with = "flag")]
    closed: bool,
}

/// List what is amiss with the team, newest first.
#[utoipa::path(get, path = "/api/patrol/anomalies", tag = "patrol")]
async fn list_anomalies(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Anomaly>>> {
    let list = AnomalyList { open: !which.closed, page: page.into() };
    Ok(Json(list.run(caller.db()).await?))
}

/// Leave an anomaly as it is: patrol is not woken by it again until it comes again, or until the
/// time named.
#[utoipa::path(post, path = "/api/patrol/anomalies/{id}/leave", tag = "patrol")]
async fn leave_anomaly(
    caller: AgentCaller<Patrol>,
    Path(id, _): Path<AnomalyRef>,
    BodyOrDefault(body): BodyOrDefault<Leave>,
) -> Result<Written<Anomaly>> {
    caller.write(LeaveAnomaly(Judgement::of(caller.actor.clone(), id, body))).await
}
