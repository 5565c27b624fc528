//! What pages of other sites may ask from a browser, where the configuration names their site.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use moss_api::{
    ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, IDEMPOTENCY_HEADER, NEXT_OFFSET_HEADER,
    REGISTRATION_HEADER, REQUEST_ID_HEADER, VERSION_HEADER,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;
use crate::config::origin::Origin;

/// How long a browser remembers what it may ask.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// Brought along by whoever asks.
const ASKED_WITH: [&str; 5] =
    [ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, IDEMPOTENCY_HEADER, REGISTRATION_HEADER];
/// Shown to who asked.
const SHOWN: [&str; 3] = [NEXT_OFFSET_HEADER, REQUEST_ID_HEADER, VERSION_HEADER];

/// Answers the questions of browsers, as `server.cors_origins` has it when the server starts; none while
/// it names no site. No cookies: who calls says so in a header.
pub fn layer(app: &App) -> Option<CorsLayer> {
    let named = app.read_config(|config| config.server.cors_origins.clone());
    if named.is_empty() {
        return None;
    }
    let is_named = move |origin: &HeaderValue, _: &Parts| {
        let origin = origin.to_str().ok().and_then(Origin::of);
        origin.is_some_and(|origin| named.contains(&origin))
    };
    let names = |list: &[&'static str], besides| {
        let list = list.iter().map(|name| HeaderName::from_static(name));
        list.chain(besides).collect::<Vec<_>>()
    };
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_named))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(names(&ASKED_WITH, [header::AUTHORIZATION, header::CONTENT_TYPE]))
        .expose_headers(names(&SHOWN, [header::RETRY_AFTER, header::ETAG]))
        .max_age(REMEMBERED);
    Some(layer)
}
