//! Whole plans.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use moss_api::Plan;

use super::call::Reply;
use super::caller::AgentCall;
use crate::app::App;
use crate::domain::plan::Apply;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/plans", post(apply))
}

async fn apply(call: AgentCall) -> Reply {
    call.actor.must_be(&[moss_api::Role::Planner])?;
    let plan: Plan = call.body()?;
    call.write(Apply { actor: call.actor.clone(), plan }).await
}
