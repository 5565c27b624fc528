//! Is it there, and what is it.

use std::sync::Arc;

use axum::extract::State;
use moss_api::{Health, SERVER_NAME};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::openapi::routes;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health))
}

/// Is the server there, and what is it.
///
/// It is answered however many others ask at once.
#[utoipa::path(get, path = "/api/health", tag = "server")]
async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
        service: app.config().project.name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        server: Some(SERVER_NAME.to_owned()),
        time: Some(app.clock.now()),
    })
}
