//! Reviews, for the person in charge.

use std::sync::Arc;

use moss_api::Page;
use moss_api::admin::{AdminReview, AdminReviewInFull};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::reviews::{self, Which};
use crate::http::extract::admin_list::{AdminList, days_ago, known};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{Path, ReviewRef};
use crate::http::extract::query::{Query, filter, number, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(admin_list_reviews)).routes(routes!(admin_get_review))
}

/// Which reviews.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichReviews {
    /// Of the task with this id.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
    /// Of the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// By the agent with this id.
    #[serde(deserialize_with = "filter")]
    reviewer_agent: Option<String>,
    /// `approved` or `rejected`.
    #[serde(deserialize_with = "text")]
    result: Option<String>,
    /// With this word in what was written, or in the name of the task, the sub-task, the reviewer or
    /// whoever reworks, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// Not older than so many days.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    days: Option<i64>,
}

/// List reviews.
#[utoipa::path(get, path = "/api/admin/review-records", tag = "reviews")]
async fn admin_list_reviews(
    caller: AdminCaller,
    Query(given): Query<WhichReviews>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminReview>>> {
    let (sort, page) = page.request()?;
    let which = Which {
        task_id: given.task_id,
        sub_task_id: given.sub_task_id,
        reviewer: given.reviewer_agent,
        result: known("result", given.result.as_deref())?,
        word: given.keyword,
        since: days_ago("days", given.days, caller.app.clock.now())?,
    };
    Ok(Json(reviews::list(caller.db(), &which, sort, page).await?))
}

/// A review, with what was to be done.
#[utoipa::path(get, path = "/api/admin/review-records/{id}", tag = "reviews")]
async fn admin_get_review(
    caller: AdminCaller,
    Path(id, _): Path<ReviewRef>,
) -> Result<Json<AdminReviewInFull>> {
    Ok(Json(reviews::one(caller.db(), &id).await?))
}
