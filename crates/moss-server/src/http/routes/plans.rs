//! Whole plans.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use moss_api::Plan;

use crate::app::App;
use crate::domain::planning::plan::Apply;
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::Reply;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/plans", post(apply))
}

async fn apply(call: AgentCall) -> Reply {
    call.actor.must_be(&[moss_api::Role::Planner])?;
    let plan: Plan = call.body()?;
    call.write(Apply { actor: call.actor.clone(), plan }).await
}
