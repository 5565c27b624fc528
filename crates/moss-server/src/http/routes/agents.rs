//! Agents: coming in, looking around, being let in or kept out.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use moss_api::{
    AgentBrief, ErrorCode, NotificationConfig, REGISTRATION_HEADER,
    requests::{Register, SetAgentStatus},
};

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::access::agents;
use crate::domain::access::invites::{Ticket, not_admitted};
use crate::http::assets::install::one_liner;
use crate::http::extract::auth::{AdminCall, AgentCall};
use crate::http::extract::request::{Call, Id, Reply, json, word};
use crate::http::response::error::Failure;
use crate::security::secret::{AgentKey, InviteToken, same};
use crate::store;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/agents", get(list).post(create))
        .route("/api/agents/register", post(register))
        .route("/api/agents/{id}/status", put(set_status))
        .route("/api/admin/agents", post(create))
        .route("/api/admin/agents/{id}/status", put(set_status))
        .route("/api/admin/agents/{id}/reset-key", post(reset_key))
        .route("/api/tools/cli", get(python_client))
        .route("/api/config/notification", get(notification))
}

/// A secret made from the system's randomness.
pub(in crate::http) fn fresh<T>(made: Result<T, getrandom::Error>) -> Result<T, Failure> {
    made.map_err(|error| {
        tracing::error!(%error, "no randomness");
        Refusal::new(ErrorCode::Internal, "the system has no randomness to give").into()
    })
}

fn command(call: &Call, ticket: Option<Ticket>) -> Result<agents::Register, Failure> {
    let body: Register = call.body()?;
    Ok(agents::Register {
        name: body.name.into_inner(),
        role: word(body.role, "role")?,
        description: body.description.into_inner(),
        key: fresh(AgentKey::generate())?,
        ticket,
        repeat_key: call.idempotency_key()?,
        server: call.app.url(),
    })
}

/// The shared token lets in while registration is open, an invite always: it is the admin's own
/// decision. Both are judged before the fields, as the contract orders it; whether the invite is
/// still good is decided together with the registration itself.
async fn register(call: Call) -> Reply {
    let token = call.headers.get(REGISTRATION_HEADER);
    let token = token.ok_or_else(|| Failure::missing_header("X-Registration-Token"))?;
    let token = token.to_str().unwrap_or_default();
    let config = call.app.config().agent;
    let (open, shared) = (config.allow_registration, config.registration_token);
    if open && !shared.is_empty() && same(token, &shared) {
        return call.write_as(None, command(&call, None)?).await;
    }
    let Some(hash) = InviteToken::parse(token).map(|token| token.hash()) else {
        return Err(not_admitted(open).into());
    };
    // Whoever guesses never gets as far as the writer.
    if store::invites::by_hash(call.app.store.read(), &hash).await?.is_none() {
        return Err(not_admitted(open).into());
    }
    call.write_as(None, command(&call, Some(Ticket { hash, open }))?).await
}

async fn create(call: AdminCall) -> Reply {
    call.write(command(&call, None)?).await
}

async fn list(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let rows = store::agents::list(db, call.some_param("role"), call.some_param("status")).await?;
    json(&rows.into_iter().map(AgentBrief::from).collect::<Vec<_>>())
}

async fn set_status(Id(id): Id, call: AdminCall) -> Reply {
    let body: SetAgentStatus = call.body()?;
    call.write(agents::SetStatus { id, status: word(body.status, "status")? }).await
}

async fn reset_key(Id(id): Id, call: AdminCall) -> Reply {
    call.write(agents::ResetKey { id, key: fresh(AgentKey::generate())? }).await
}

/// The one file an operator may put back for clients that still want Python.
const PYTHON_CLIENT: &str = "compat/task-cli.py";

async fn python_client(call: AgentCall) -> Reply {
    match tokio::fs::read_to_string(PathBuf::from(PYTHON_CLIENT)).await {
        Ok(text) => {
            Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
        }
        Err(_) => Err(Refusal::new(ErrorCode::Gone, "the Python client is not served here")
            .hint(format!(
                "{}; every task-cli.py command line works with moss",
                one_liner(&call.app.url())
            ))
            .into()),
    }
}

async fn notification(call: AgentCall) -> Reply {
    let config = call.app.config().notification;
    json(&NotificationConfig {
        enabled: config.enabled,
        channels: config.channels,
        events: config.events,
    })
}
