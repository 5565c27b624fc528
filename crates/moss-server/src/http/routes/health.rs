//! Is it there, and what is it.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use moss_api::{Health, SERVER_NAME};

use crate::app::App;
use crate::http::extract::request::{Call, Reply, json};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/health", get(health))
}

async fn health(call: Call) -> Reply {
    json(&Health {
        status: "ok".to_owned(),
        service: call.app.config().project.name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        server: Some(SERVER_NAME.to_owned()),
        time: Some(call.app.clock.now()),
    })
}
