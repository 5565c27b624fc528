//! What was handed in too late.

use std::sync::Arc;

use moss_api::{LateSubmission, SubTask};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries;
use crate::domain::work::late::{Adopt, Dismiss};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{LateSubmissionRef, Path};
use crate::http::extract::query::{Query, filter};
use crate::http::extract::role::{ReviewerOrPlanner, may};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_late_submissions))
        .routes(routes!(adopt))
        .routes(routes!(dismiss))
}

/// Which late submissions.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this sub-task, whatever has become of them; without it those that could be adopted.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
}

/// List late submissions, oldest first; at most 100.
#[utoipa::path(get, path = "/api/late-submissions", tag = "reviews")]
async fn list_late_submissions(
    caller: AgentCaller,
    Query(which): Query<Which>,
) -> Result<Json<Vec<LateSubmission>>> {
    Ok(Json(queries::late::late(caller.db(), which.sub_task_id.as_deref()).await?))
}

/// Take a late submission: the attempt that lives ends, and what was handed in waits for its verdict
/// as a new one.
#[utoipa::path(post, path = "/api/late-submissions/{id}/adopt", tag = "reviews")]
async fn adopt(
    caller: AgentCaller<may::Adopt>,
    Path(id, _): Path<LateSubmissionRef>,
) -> Result<Written<SubTask>> {
    caller.write(Adopt { actor: caller.actor.clone(), id }).await
}

/// Leave a late submission: it is kept, and nobody is asked about it any more.
#[utoipa::path(post, path = "/api/late-submissions/{id}/dismiss", tag = "reviews")]
async fn dismiss(
    caller: AgentCaller<ReviewerOrPlanner>,
    Path(id, _): Path<LateSubmissionRef>,
) -> Result<Written<LateSubmission>> {
    caller.write(Dismiss { actor: caller.actor.clone(), id }).await
}
