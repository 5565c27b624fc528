//! Whole plans.

use std::sync::Arc;

use moss_api::{Plan, PlanOutcome};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::plan::Apply;
use crate::http::extract::body::Body;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::role::Planner;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Written;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(apply_plan))
}

/// Apply a plan: a task with its modules and sub-tasks, all or nothing.
///
/// Applied again, the same plan changes nothing.
#[utoipa::path(post, path = "/api/plans", tag = "plans")]
async fn apply_plan(
    caller: AgentCaller<Planner>,
    Body(plan): Body<Plan>,
) -> Result<Written<PlanOutcome>> {
    caller.write(Apply { actor: caller.actor.clone(), plan }).await
}
