//! Verdicts.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use moss_api::{Review, Role, requests::CreateReview};

use crate::app::App;
use crate::domain::work::review;
use crate::domain::{Refusal, resolve};
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Id, Reply, json, word};
use crate::http::routes::sub_tasks::or_nothing;
use crate::store::reviews::{find, list};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/review-records", get(all).post(create))
        .route("/api/review-records/{id}", get(show))
}

async fn all(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let sub_task = match call.some_param("sub_task_id") {
        None => None,
        Some(text) => Some(or_nothing(resolve::sub_task_id(db, text).await)?),
    };
    json(&list(db, sub_task.as_deref(), call.page()?).await?.map(Review::from))
}

async fn show(Id(id): Id, call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let whole = resolve::review_id(db, &id).await?;
    let row = find(db, &whole).await?.ok_or_else(|| Refusal::not_found("review", &id))?;
    json(&Review::from(row))
}

async fn create(call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Reviewer])?;
    let body: CreateReview = call.body()?;
    call.write(review::Review {
        actor: call.actor.clone(),
        sub_task: body.sub_task_id,
        verdict: word(body.result, "result")?,
        score: body.score.0,
        issues: body.issues.into_inner(),
        comment: body.comment.into_inner(),
        rework_agent: body.rework_agent,
        attempt: body.attempt.map(|n| n.0),
    })
    .await
}
