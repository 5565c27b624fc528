//! What was noticed on the way.

use std::sync::Arc;

use moss_api::{Leftover, requests::AnswerLeftover};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::leftovers::Answer;
use crate::domain::queries;
use crate::http::extract::body::Body;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{LeftoverRef, Path};
use crate::http::extract::query::{Query, filter};
use crate::http::extract::role::Planner;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_leftovers)).routes(routes!(answer_leftover))
}

/// Which leftovers.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this task, answered or not; without it those that wait, but for mere remarks.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
}

/// List what was noticed on the way, oldest first; at most 100.
#[utoipa::path(get, path = "/api/leftovers", tag = "tasks")]
async fn list_leftovers(
    caller: AgentCaller,
    Query(which): Query<Which>,
) -> Result<Json<Vec<Leftover>>> {
    Ok(Json(queries::leftovers::leftovers(caller.db(), which.task_id.as_deref()).await?))
}

/// Say what is done about something that was left over, or why nothing is. It comes back no more.
#[utoipa::path(post, path = "/api/leftovers/{id}/answer", tag = "tasks")]
async fn answer_leftover(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<LeftoverRef>,
    Body(body): Body<AnswerLeftover>,
) -> Result<Written<Leftover>> {
    let answer = body.answer.into_inner();
    caller.write(Answer { actor: caller.actor.clone(), id, answer }).await
}
