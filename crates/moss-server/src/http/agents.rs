//! Agents: coming in, looking around, being let in or kept out.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use moss_api::{
    AgentBrief, ErrorCode, NotificationConfig, REGISTRATION_HEADER, Register, Role, SetAgentStatus,
};

use super::call::{AdminCall, AgentCall, Call, Id, Reply, json, word};
use super::failure::Failure;
use crate::app::App;
use crate::domain::{Refusal, agents};
use crate::secret::{AgentKey, same};
use crate::store;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/agents", get(list).post(create))
        .route("/api/agents/register", post(register))
        .route("/api/agents/me/skill", get(skill))
        .route("/api/agents/{id}/status", put(set_status))
        .route("/api/admin/agents", post(create))
        .route("/api/admin/agents/{id}/status", put(set_status))
        .route("/api/admin/agents/{id}/reset-key", post(reset_key))
        .route("/api/tools/cli", get(python_client))
        .route("/api/config/notification", get(notification))
}

fn fresh_key() -> Result<AgentKey, Failure> {
    AgentKey::generate().map_err(|error| {
        tracing::error!(%error, "no randomness");
        Refusal::new(ErrorCode::Internal, "the system has no randomness to give").into()
    })
}

fn command(call: &Call) -> Result<agents::Register, Failure> {
    let body: Register = call.body()?;
    Ok(agents::Register {
        name: body.name.into_inner(),
        role: word(body.role, "role")?,
        description: body.description.into_inner(),
        key: fresh_key()?,
        repeat_key: call.idempotency_key()?,
    })
}

/// Whether registration is open is judged before the token, as the contract orders it.
async fn register(call: Call) -> Reply {
    let token = call.headers.get(REGISTRATION_HEADER);
    let token = token.ok_or_else(|| Failure::missing_header("X-Registration-Token"))?;
    let config = call.app.config().agent;
    if !config.allow_registration {
        return Err(Refusal::new(ErrorCode::RegistrationClosed, "registration is switched off")
            .hint("ask the person in charge for a key, and put it into .moss/key")
            .into());
    }
    let given = token.to_str().unwrap_or_default();
    if config.registration_token.is_empty() || !same(given, &config.registration_token) {
        return Err(Refusal::new(
            ErrorCode::BadRegistrationToken,
            "the registration token is wrong",
        )
        .hint("it is agent.registration_token in the server's config.yaml")
        .into());
    }
    call.write_as(None, command(&call)?).await
}

async fn create(call: AdminCall) -> Reply {
    call.write(command(&call)?).await
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
    call.write(agents::ResetKey { id, key: fresh_key()? }).await
}

/// The role's SKILL.md, which names no key.
async fn skill(call: AgentCall) -> Reply {
    let text = match call.actor.role {
        Role::Planner => include_str!("../../../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../../../skills/moss-patrol/SKILL.md"),
    };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The one file an operator may put back for clients that still want Python.
const PYTHON_CLIENT: &str = "compat/task-cli.py";

async fn python_client(_call: AgentCall) -> Reply {
    match tokio::fs::read_to_string(PathBuf::from(PYTHON_CLIENT)).await {
        Ok(text) => {
            Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
        }
        Err(_) => Err(Refusal::new(ErrorCode::Gone, "the Python client is not served here")
            .hint("use the moss command; every task-cli.py command line works with it")
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
