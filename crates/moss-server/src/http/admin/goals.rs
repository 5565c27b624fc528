//! Goals of the person in charge.

use std::sync::Arc;

use moss_api::{Goal, Page, requests::NewGoal};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::goals;
use crate::http::extract::body::Body;
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{Path, TaskRef};
use crate::http::extract::query::{Paging, Query};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_goals, add_goal)).routes(routes!(get_goal))
}

/// Give the team a goal: a task that wakes the planner until it has a plan.
#[utoipa::path(post, path = "/api/admin/goals", tag = "tasks")]
async fn add_goal(caller: AdminCaller, Body(body): Body<NewGoal>) -> Result<Written<Goal>> {
    let add = goals::Add {
        name: body.name.map(Into::into),
        description: body.description.into_inner(),
        deadline: body.deadline,
    };
    caller.write(add).await
}

/// List the goals people gave, newest first.
#[utoipa::path(get, path = "/api/admin/goals", tag = "tasks")]
async fn list_goals(caller: AdminCaller, Query(page): Query<Paging>) -> Result<Json<Page<Goal>>> {
    Ok(Json(goals::list(caller.db(), page.into()).await?))
}

/// How far a goal is, and what is blocked of it.
#[utoipa::path(get, path = "/api/admin/goals/{id}", tag = "tasks")]
async fn get_goal(caller: AdminCaller, Path(id, _): Path<TaskRef>) -> Result<Json<Goal>> {
    Ok(Json(goals::one(caller.db(), &id).await?))
}
