//! Around every request: the version header, and the request log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorCode, VERSION_HEADER, clip};
use sea_orm::ActiveValue::Set;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::request::{Seen, url_pairs};
use crate::http::response::error::Failure;
use crate::store::entity::request_log;
use crate::store::{At, Word, new_id};

/// Longest body the request log keeps, in characters.
const MAX_LOGGED_CHARS: usize = 10_000;
/// Requests in progress at once; each may hold a body of 1 MiB.
const MAX_IN_PROGRESS: usize = 512;

static IN_PROGRESS: AtomicUsize = AtomicUsize::new(0);

/// Says on every answer which server this is.
pub async fn version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let name = HeaderName::from_static(VERSION_HEADER);
    response.headers_mut().insert(name, HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
    response
}

/// Sends callers away when too much is going on, so that memory stays bounded.
pub async fn bounded(request: Request, next: Next) -> Response {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            IN_PROGRESS.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let others = IN_PROGRESS.fetch_add(1, Ordering::Relaxed);
    let _place = Place;
    if others >= MAX_IN_PROGRESS {
        let refusal = Refusal::new(ErrorCode::Unavailable, "too many requests at once");
        return Failure::Wait(refusal, 1).into_response();
    }
    next.run(request).await
}

/// Keeps what agents ask and what they are answered, unless they were not let in.
pub async fn request_log(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let seen = Arc::new(Seen::default());
    request.extensions_mut().insert(seen.clone());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let Some(agent) = seen.agent.get() else { return response };
    if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return response;
    }
    let body = match method {
        Method::GET | Method::HEAD => {
            let pairs = url_pairs(uri.query().unwrap_or_default());
            (!pairs.is_empty()).then(|| serde_json::to_string(&pairs).unwrap_or_default())
        }
        Method::DELETE => None,
        _ => {
            let raw = seen.body.get().filter(|raw| !raw.is_empty());
            raw.map(|raw| String::from_utf8_lossy(raw).into_owned())
        }
    };
    app.log_request(request_log::ActiveModel {
        id: Set(new_id()),
        timestamp: Set(At(app.clock.now())),
        method: Set(clip(method.as_str(), 10)),
        path: Set(clip(uri.path(), 1_000)),
        agent_id: Set(agent.id.clone()),
        acted_by: Set(agent.acted_by()),
        agent_name: Set(agent.name.clone()),
        agent_role: Set(Word(agent.role)),
        request_body: Set(body.map(|body| clip(&body, MAX_LOGGED_CHARS))),
        response_status: Set(i32::from(response.status().as_u16())),
    });
    response
}
