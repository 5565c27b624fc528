//! The HTTP surface: one file per resource, each a list of routes with their handlers.
//!
//! A handler takes typed input, runs one command or one query, and gives a typed answer; the
//! OpenAPI document follows from these types (`openapi.rs`). Order of checks, as the contract has
//! it for a caller whose key is known: body is JSON (422) → its role (403) → fields (422) → the
//! work itself. Of a caller nobody knows no body is read at all (401).

mod admin;
mod answers;
mod assets;
mod budget;
mod cors;
mod dialect;
mod extract;
mod failures;
mod intake;
mod limits;
pub mod login;
mod metrics;
mod middleware;
mod openapi;
mod request_log;
mod response;
mod routes;
mod shown;
mod surface;
mod turns;
mod workspace;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use moss_api::{ErrorCode, VERSION_HEADER};
use tower::util::{MapRequestLayer, option_layer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::assets::pages::Pages;
use crate::http::response::error::Error;

pub use admin::config::{may_change, read_config, write_config};
pub use admin::{ChangePassword, exchange_password};
pub use openapi::document;
pub use surface::without_admin;

/// Refuses what a page of another site has sent.
///
/// # Errors
/// [`ErrorCode::CrossSite`].
pub fn must_be_own_page(headers: &HeaderMap, app: &App) -> Result<(), Error> {
    extract::own_page::must_be(headers, app).map_err(Into::into)
}

/// Counts a request of somebody who is signed in.
///
/// # Errors
/// [`ErrorCode::RateLimited`].
pub fn count_request(app: &App, session: &str) -> Result<(), Error> {
    limits::by_key(app, session)
}

/// What people's browsers are shown.
#[derive(Default)]
pub struct PeoplesPages {
    /// Every page.
    pub all: Router<Arc<App>>,
    /// Set-up alone.
    pub setup: Router<Arc<App>>,
}

/// The whole server as one service.
///
/// `pages` are for people's browsers, and in no description. Where somebody put pages of their own into a
/// folder, those take the place of ours, but for set-up.
pub fn router(app: Arc<App>, pages: PeoplesPages) -> Router {
    let (described, document) = described_routes().split_for_parts();
    let folder = Arc::new(Pages::read(&pages_folder(&app)));
    let pages = if folder.is_empty() { pages.all } else { pages.setup };
    let budget = budget::Budget::default();
    let gate = intake::Gate::new(&document, budget.clone());
    let version = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
    let version_name = HeaderName::from_static(VERSION_HEADER);
    described
        .route_layer(from_fn_with_state(gate, intake::receive))
        .merge(routes::docs::ui())
        .merge(pages.layer(from_fn(surface::pages_only)))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), middleware::with_settings))
        .layer(from_fn_with_state(app.clone(), request_log::record))
        .layer(from_fn_with_state(app.clone(), failures::note))
        .layer(from_fn_with_state(app.clone(), limits::by_address))
        .layer(from_fn(surface::judge))
        .layer(from_fn(middleware::stamp))
        .layer(from_fn_with_state(answers::Outgoing::new(app.clone(), budget), answers::keep))
        .layer((
            MapRequestLayer::new(middleware::only_plain_id),
            SetRequestIdLayer::x_request_id(MakeRequestUuid),
            PropagateRequestIdLayer::x_request_id(),
            SetResponseHeaderLayer::overriding(version_name, version),
            TraceLayer::new_for_http()
                .make_span_with(middleware::span)
                .on_request(())
                .on_response(())
                .on_body_chunk(())
                .on_eos(())
                .on_failure(()),
            from_fn(middleware::let_others_on),
        ))
        .layer(option_layer(cors::layer(&app)))
        .layer(from_fn(metrics::count))
        .layer(Extension(Arc::new(metrics::Counted::default())))
        .layer(Extension(folder))
        .with_state(app)
}

/// The folder with pages to serve instead of ours; empty for none.
fn pages_folder(app: &App) -> PathBuf {
    let folder = app.config().webui.static_dir;
    if folder.as_os_str().is_empty() { folder } else { app.beside_config(folder) }
}

/// The routes the OpenAPI document describes, which are all but those for a person's browser.
fn described_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(routes::routes())
        .merge(admin::routes())
        .merge(assets::routes())
}

async fn no_route(Extension(pages): Extension<Arc<Pages>>, request: Request) -> impl IntoResponse {
    if let Some(page) = pages.find(&request) {
        return page;
    }
    let detail = format!("no route {}", moss_api::clip(request.uri().path(), 100));
    Error::from(Refusal::new(ErrorCode::NoRoute, detail)).into_response()
}

async fn no_method() -> impl IntoResponse {
    Error::from(Refusal::new(ErrorCode::MethodNotAllowed, "Method Not Allowed"))
}
