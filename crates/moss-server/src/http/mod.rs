//! The HTTP surface: one file per resource, each a list of routes with their handlers.
//!
//! A handler reads its input into types, runs one command or one look, and answers. Order of
//! checks, as the contract has it: body is JSON (422) → who calls (401/403) → fields (422) →
//! the work itself.

mod admin;
mod assets;
mod extract;
mod middleware;
mod request_log;
mod response;
mod routes;

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use moss_api::ErrorCode;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::response::error::Failure;

/// The whole server as one service.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(routes::routes())
        .merge(admin::routes())
        .merge(assets::routes())
        .route("/", get(|| async { Redirect::temporary("/setup") }))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), request_log::record))
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
