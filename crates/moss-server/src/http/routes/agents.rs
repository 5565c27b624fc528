//! Agents: coming in, looking around, being let in or kept out.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use moss_api::{
    AgentBrief, AgentCreated, AgentHost, AgentStatus, ErrorCode, KeyReset, NotificationConfig,
    REGISTRATION_HEADER, Role, clip,
    requests::{Register, ReportHost, SetAgentStatus},
    text::{AgentName, Text},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::access::invites::{self, Ticket, not_admitted};
use crate::domain::access::{agents, hosts};
use crate::domain::queries::Sort;
use crate::domain::queries::agents::AgentList;
use crate::http::extract::body::{Body, word};
use crate::http::extract::caller::{AdminCaller, AgentCaller, AnyCaller};
use crate::http::extract::own_page;
use crate::http::extract::path::{AgentIdRef, Path};
use crate::http::extract::query::{Offset, Query, filter};
use crate::http::extract::stranger;
use crate::http::openapi::{Input, OperationDoc, REGISTRATION_TOKEN, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::{Json, List, Written};
use crate::security::secret::{AgentKey, InviteToken, same};

/// Longest version that is kept, in characters: as long as a hash.
const MAX_VERSION_CHARS: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_agents, create_agent))
        .routes(routes!(register))
        .routes(routes!(set_agent_status))
        .routes(routes!(admin_create_agent))
        .routes(routes!(admin_set_agent_status))
        .routes(routes!(reset_agent_key))
        .routes(routes!(notification_config))
        .routes(routes!(report_host))
}

/// A secret made from the system's randomness.
pub(in crate::http) fn fresh<T>(made: std::result::Result<T, getrandom::Error>) -> Result<T> {
    made.map_err(|error| {
        tracing::error!(%error, "no randomness");
        Refusal::new(ErrorCode::Internal, "the system has no randomness to give").into()
    })
}

fn registration(
    caller: &AnyCaller,
    body: Register,
    ticket: Option<Ticket>,
) -> Result<agents::Register> {
    Ok(agents::Register {
        name: body.name.into_inner(),
        role: word(body.role, "role")?,
        description: body.description.into_inner(),
        key: fresh(AgentKey::generate())?,
        ticket,
        repeat_key: caller.idempotency_key()?,
        server: caller.app.url(),
    })
}

/// Whoever came with a registration token.
///
/// The shared token lets in while registration is open, an invite always: it is the admin's own
/// decision. Both are judged before the body is read; whether the invite is still good is decided
/// together with the registration itself. An invite's token nobody guesses, so the right one is let
/// in whoever guessed from the same address; a shared token may be any word.
struct Registrant {
    call: AnyCaller,
    /// The invite that was brought; none when it was the shared token.
    ticket: Option<Ticket>,
}

impl FromRequestParts<Arc<App>> for Registrant {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        own_page::must_be(&parts.headers, app)?;
        stranger::must_say_json(parts)?;
        let guesser = stranger::at_address(parts, app);
        let call = AnyCaller::from_request_parts(parts, app).await?;
        let token = call.headers.get(REGISTRATION_HEADER);
        let token = token.ok_or_else(|| Error::missing_header("X-Registration-Token"))?;
        let token = token.to_str().unwrap_or_default();
        let config = app.config().agent;
        let (open, shared) = (config.allow_registration, config.registration_token);
        if let Some(hash) = InviteToken::parse(token).map(|token| token.hash()) {
            // Whoever guesses never gets as far as the writer.
            let _place = call.intake.stranger_place().await?;
            if invites::exists(call.db(), &hash).await? {
                return Ok(Self { call, ticket: Some(Ticket { hash, open }) });
            }
        }
        app.registrations
            .begin(&guesser, app.clock.now())
            .map_err(|wait| stranger::throttled("registration tokens", wait))?;
        if open && !shared.is_empty() && same(token, &shared) {
            app.registrations.take_back(&guesser);
            return Ok(Self { call, ticket: None });
        }
        Err(not_admitted(open).into())
    }
}

impl Input for Registrant {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.security(&[REGISTRATION_TOKEN]);
    }
}

/// Register an agent; the answer shows its key, once.
#[utoipa::path(post, path = "/api/agents/register", tag = "agents")]
async fn register(caller: Registrant, Body(body): Body<Register>) -> Result<Written<AgentCreated>> {
    caller.call.write(registration(&caller.call, body, caller.ticket.clone())?).await
}

/// Make an agent; the answer shows its key, once.
#[utoipa::path(post, path = "/api/agents", tag = "agents")]
async fn create_agent(
    caller: AdminCaller,
    Body(body): Body<Register>,
) -> Result<Written<AgentCreated>> {
    caller.write(registration(&caller, body, None)?).await
}

/// Make an agent; the answer shows its key, once.
#[utoipa::path(post, path = "/api/admin/agents", tag = "admin")]
async fn admin_create_agent(
    caller: AdminCaller,
    Body(body): Body<Create>,
) -> Result<Written<AgentCreated>> {
    let Create { name, role, description } = body;
    create_agent(caller, Body(Register { name, role: role.into(), description })).await
}

/// An agent to be made. As on the original, a role that is none is 422 here and 400 elsewhere.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateAgent)]
struct Create {
    /// Unique, also in its looks.
    name: AgentName,
    /// What it is for.
    role: Role,
    /// Free text.
    #[serde(default)]
    description: Text,
}

/// A status for an agent, likewise.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangeAgentStatus)]
struct ChangeStatus {
    /// Active or disabled.
    status: AgentStatus,
}

/// Which agents.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this role.
    #[serde(deserialize_with = "filter")]
    role: Option<String>,
    /// In this status.
    #[serde(deserialize_with = "filter")]
    status: Option<String>,
}

/// List the agents in the order they registered.
#[utoipa::path(get, path = "/api/agents", tag = "agents")]
async fn list_agents(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(offset): Query<Offset>,
) -> Result<List<AgentBrief>> {
    let (role, status, offset) = (which.role, which.status, offset.rows());
    let list = AgentList { role, status, sort: Sort::OldestFirst, offset };
    Ok(List(list.run(caller.db()).await?))
}

/// Let an agent in, or keep it out.
#[utoipa::path(put, path = "/api/agents/{id}/status", tag = "agents")]
async fn set_agent_status(
    caller: AdminCaller,
    Path(id, _): Path<AgentIdRef>,
    Body(body): Body<SetAgentStatus>,
) -> Result<Written<AgentBrief>> {
    caller.write(agents::SetStatus { id, status: word(body.status, "status")? }).await
}

/// Let an agent in, or keep it out.
#[utoipa::path(put, path = "/api/admin/agents/{id}/status", tag = "admin")]
async fn admin_set_agent_status(
    caller: AdminCaller,
    id: Path<AgentIdRef>,
    Body(body): Body<ChangeStatus>,
) -> Result<Written<AgentBrief>> {
    set_agent_status(caller, id, Body(SetAgentStatus { status: body.status.into() })).await
}

/// Give an agent a new key; its others stop working at once.
#[utoipa::path(post, path = "/api/admin/agents/{id}/reset-key", tag = "admin")]
async fn reset_agent_key(
    caller: AdminCaller,
    Path(id, _): Path<AgentIdRef>,
) -> Result<Written<KeyReset>> {
    caller.write(agents::ResetKey { id, key: fresh(AgentKey::generate())? }).await
}

/// Tell how you are woken: `moss onboard` does.
#[utoipa::path(put, path = "/api/agents/me/host", tag = "agents")]
async fn report_host(
    caller: AgentCaller,
    Body(body): Body<ReportHost>,
) -> Result<Written<AgentHost>> {
    let report = hosts::ReportHost {
        agent: caller.actor.id.clone(),
        kind: word(body.kind, "kind")?,
        moss: clip(body.moss.as_str(), MAX_VERSION_CHARS),
        skill: clip(body.skill.as_str(), MAX_VERSION_CHARS),
        every_seconds: body.every_seconds.0,
    };
    caller.write(report).await
}

/// When and where agents are to notify people.
#[utoipa::path(get, path = "/api/config/notification", tag = "server")]
async fn notification_config(caller: AgentCaller) -> Result<Json<NotificationConfig>> {
    let config = caller.app.config().notification;
    Ok(Json(NotificationConfig {
        enabled: config.enabled,
        channels: config.channels,
        events: config.events,
    }))
}
