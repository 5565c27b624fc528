//! Around every request: its id, which stands in the answer, in an error's body and in the log.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorBody, NextStep, REQUEST_ID_HEADER};
use tower_http::request_id::RequestId;

use crate::app::App;
use crate::domain::rules::Dialect;
use crate::http::dialect::dialect;
use crate::http::response::error::Error;

/// Whoever else is there comes first. Nothing that answers a request need wait for anything, and a
/// connection full of them would be worked off in one go, by a thread that others need as well.
pub async fn let_others_on(request: Request, next: Next) -> Response {
    tokio::task::yield_now().await;
    next.run(request).await
}

/// What is told whatever the database does.
pub(super) const ANSWERED_ANYWAY: &[&str] = &["/api/health", "/api/ready"];

/// Before a request is worked on, the settings are looked at if the last look is too long ago: so each
/// goes by what an admin has set on whatever server.
pub async fn with_settings(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if ANSWERED_ANYWAY.contains(&path) {
        return next.run(request).await;
    }
    // A page is served all the same, with what was so last.
    if let Err(error) = app.look_again().await
        && path.starts_with("/api/")
    {
        return Error::from(error).into_response();
    }
    next.run(request).await
}

/// Longest request id a caller may bring, in characters.
const MAX_REQUEST_ID: usize = 64;

/// Takes away an id that is no plain word: it would stand in the log as it is.
pub fn only_plain_id<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    let is_plain = |id: &HeaderValue| {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=MAX_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    let headers = request.headers_mut();
    if headers.get(REQUEST_ID_HEADER).is_some_and(|id| !is_plain(id)) {
        headers.remove(REQUEST_ID_HEADER);
    }
    request
}

/// The span every log line of a request stands in.
pub fn span(request: &axum::http::Request<Body>) -> tracing::Span {
    tracing::info_span!("request", id = word(request.extensions().get()))
}

fn word(id: Option<&RequestId>) -> &str {
    id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default()
}

/// Gives an error its request's id, and makes it JSON.
pub async fn stamp(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let dialect = dialect(request.headers());
    in_json(next.run(request).await, id.as_ref(), dialect)
}

/// An answer; as JSON, with its request's id, if it is an error.
pub fn in_json(mut response: Response, id: Option<&RequestId>, dialect: Dialect) -> Response {
    let Some(error) = response.extensions_mut().remove::<Arc<ErrorBody>>() else {
        return response;
    };
    let mut error = Arc::unwrap_or_clone(error);
    error.request_id = Some(word(id).to_owned());
    if dialect == Dialect::Original {
        in_words_of_the_original(&mut error);
    }
    let (parts, _) = response.into_parts();
    let mut stamped = Json(error).into_response();
    *stamped.status_mut() = parts.status;
    stamped.headers_mut().extend(parts.headers);
    *stamped.extensions_mut() = parts.extensions;
    stamped
}

/// The original's client knows no `next`, so what a verdict waits for is named in its own words.
fn in_words_of_the_original(error: &mut ErrorBody) {
    if let (Some(hint), Some(NextStep::ShowHandedIn { id })) = (&mut error.hint, &error.next) {
        hint.push_str(": st get ");
        hint.push_str(id);
    }
}
