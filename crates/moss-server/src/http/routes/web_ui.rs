//! What the original's pages ask about their own version. Ours come with the program, so there is
//! nothing to update apart from it.

use std::sync::Arc;

use moss_api::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::extract::caller::{AdminCaller, AnyCaller};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(web_ui_version))
        .routes(routes!(check_web_ui_version))
        .routes(routes!(update_web_ui))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the pages: the server's own.
#[derive(Serialize, ToSchema)]
struct WebUiVersion {
    /// What it is.
    current_version: &'static str,
    /// The newest one that goes with this server: the same.
    latest_version: &'static str,
    /// Never.
    update_available: bool,
    /// Always `none`.
    update_type: &'static str,
    /// Now.
    checked_at: Timestamp,
    /// Never set.
    error: Option<String>,
}

fn version(app: &App) -> Json<WebUiVersion> {
    Json(WebUiVersion {
        current_version: VERSION,
        latest_version: VERSION,
        update_available: false,
        update_type: "none",
        checked_at: app.clock.now(),
        error: None,
    })
}

/// The version of the pages.
#[utoipa::path(get, path = "/api/webui/version", tag = "server")]
async fn web_ui_version(caller: AnyCaller) -> Result<Json<WebUiVersion>> {
    Ok(version(&caller.app))
}

/// The version of the pages. Nothing is asked elsewhere.
#[utoipa::path(get, path = "/api/webui/version/check", tag = "server")]
async fn check_web_ui_version(caller: AdminCaller) -> Result<Json<WebUiVersion>> {
    Ok(version(&caller.app))
}

/// What became of an update of the pages.
#[derive(Serialize, ToSchema)]
struct WebUiUpdate {
    /// Never: there is nothing to update.
    success: bool,
    /// What to do instead.
    message: &'static str,
    /// The version of the pages.
    version: &'static str,
}

/// Updates nothing: the pages come with the server.
#[utoipa::path(post, path = "/api/admin/webui/update", tag = "server")]
async fn update_web_ui(_: AdminCaller) -> Result<Json<WebUiUpdate>> {
    Ok(Json(WebUiUpdate {
        success: false,
        message: "the pages are part of moss-server: they are updated with it",
        version: VERSION,
    }))
}
