//! Verdicts.

use std::sync::Arc;

use moss_api::{Page, Review, requests::CreateReview};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::reviews::ReviewList;
use crate::domain::queries::{self, Sort};
use crate::domain::work::review;
use crate::http::extract::body::{Body, word};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{Path, ReviewRef};
use crate::http::extract::query::{Paging, Query, filter};
use crate::http::extract::role::Reviewer;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_reviews, create_review)).routes(routes!(get_review))
}

/// Which reviews.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this sub-task: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
}

/// List reviews, newest first.
#[utoipa::path(get, path = "/api/review-records", tag = "reviews")]
async fn list_reviews(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Review>>> {
    let (sub_task, page) = (which.sub_task_id, page.into());
    let list = ReviewList { sub_task, sort: Sort::NewestFirst, page };
    Ok(Json(list.run(caller.db()).await?))
}

/// Show a review.
#[utoipa::path(get, path = "/api/review-records/{id}", tag = "reviews")]
async fn get_review(caller: AgentCaller, Path(id, _): Path<ReviewRef>) -> Result<Json<Review>> {
    Ok(Json(queries::reviews::review(caller.db(), &id).await?))
}

/// Judge what was handed in.
#[utoipa::path(post, path = "/api/review-records", tag = "reviews")]
async fn create_review(
    caller: AgentCaller<Reviewer>,
    Body(body): Body<CreateReview>,
) -> Result<Written<Review>> {
    let review = review::Review {
        actor: caller.actor.clone(),
        sub_task: body.sub_task_id,
        verdict: word(body.result, "result")?,
        score: body.score.0,
        issues: body.issues.into_inner(),
        comment: body.comment.into_inner(),
        rework_agent: body.rework_agent,
        attempt: body.attempt.map(|n| n.0),
        follow_up: body.follow_up.map(Into::into),
    };
    caller.write(review).await
}
