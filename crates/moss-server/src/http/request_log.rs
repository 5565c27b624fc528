//! The request log: what agents ask and what they are answered.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use moss_api::clip;
use sea_orm::ActiveValue::Set;

use crate::app::App;
use crate::http::extract::request::{Seen, url_pairs};
use crate::store::entity::request_log::ActiveModel;
use crate::store::{At, Word, new_id};

/// Longest body the request log keeps, in characters.
const MAX_LOGGED_CHARS: usize = 10_000;

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
    app.request_log.push(ActiveModel {
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
