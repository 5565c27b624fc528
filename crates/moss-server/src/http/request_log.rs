//! The request log: what agents ask and what they are answered.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use moss_api::clip;

use crate::app::App;
use crate::domain::Actor;
use crate::http::extract::query::url_pairs;
use crate::writer::LoggedRequest;

/// Longest body the request log keeps, in characters.
const MAX_LOGGED_CHARS: usize = 10_000;

/// What the request log wants to know of a request, filled in as it is read.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) agent: OnceLock<Actor>,
    pub(super) body: OnceLock<Bytes>,
}

/// Keeps what agents ask and what they are answered, unless they were not let in.
pub async fn record(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
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
    app.request_log.push(LoggedRequest {
        at: app.clock.now(),
        method: clip(method.as_str(), 10),
        path: clip(uri.path(), 1_000),
        agent_id: agent.id.clone(),
        acted_by: agent.acted_by(),
        agent_name: agent.name.clone(),
        agent_role: agent.role,
        body: body.map(|body| clip(&body, MAX_LOGGED_CHARS)),
        status: response.status().as_u16(),
    });
    response
}
