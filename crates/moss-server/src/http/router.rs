//! All routes, and what answers when there is none.

use std::sync::Arc;

use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::get;
use axum::{Router, response::IntoResponse};
use moss_api::ErrorCode;

use super::failure::Failure;
use super::{
    admin, agents, health, install, invites, logs, me, middleware, plans, releases, reviews, rules,
    scores, setup, skills, sub_tasks, tasks, wake,
};
use crate::app::App;
use crate::domain::Refusal;

/// The whole server as one service.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(setup::routes())
        .merge(admin::routes())
        .merge(agents::routes())
        .merge(me::routes())
        .merge(skills::routes())
        .merge(invites::routes())
        .merge(tasks::routes())
        .merge(sub_tasks::routes())
        .merge(plans::routes())
        .merge(reviews::routes())
        .merge(scores::routes())
        .merge(logs::routes())
        .merge(rules::routes())
        .merge(wake::routes())
        .merge(install::routes())
        .merge(releases::routes())
        .route("/", get(|| async { Redirect::temporary("/setup") }))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), middleware::request_log))
        .layer(from_fn(middleware::bounded))
        .layer(from_fn(middleware::version))
        .with_state(app)
}

async fn no_route(uri: Uri) -> impl IntoResponse {
    let detail = format!("no route {}", moss_api::clip(uri.path(), 100));
    Failure::from(Refusal::new(ErrorCode::NoRoute, detail))
}

async fn no_method() -> impl IntoResponse {
    Failure::from(Refusal::new(ErrorCode::MethodNotAllowed, "Method Not Allowed"))
}
