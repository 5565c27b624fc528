//! The OpenAPI document, and a page to read it and try it out.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::http::extract::caller::AnyCaller;
use crate::http::openapi::{document, routes};
use crate::http::response::Result;

const DOCUMENT: &str = "/openapi.json";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(openapi_document))
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "server",
    responses((status = 200, content_type = "application/json", body = Object, description = "OpenAPI 3.1."))
)]
async fn openapi_document(_: AnyCaller) -> Result<Response> {
    Ok(([(header::CONTENT_TYPE, "application/json")], document()).into_response())
}

/// Swagger UI at `/docs`, all of it from this program: the page asks nobody else for anything.
pub(in crate::http) fn ui() -> Router<Arc<App>> {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                  img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
    let ui = SwaggerUi::new("/docs").config(Config::from(DOCUMENT).validator_url("none"));
    Router::from(ui)
        .layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
}
