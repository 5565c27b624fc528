//! Who calls: an agent by its key, the person in charge by a session, or the one in the place of
//! the other.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use moss_api::release::Version;
use moss_api::{
    ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, AgentStatus, ErrorCode, NextStep, Timestamp,
};

use crate::app::App;
use crate::domain::access::admin_sessions::Session;
use crate::domain::access::keys::Promote;
use crate::domain::retention::ADMIN_IDLE;
use crate::domain::work::renewal::Renew;
use crate::domain::{ADMIN, Actor, Command, Refusal, resolve};
use crate::http::extract::request::{Call, Reply, Seen};
use crate::http::response::error::Failure;
use crate::security::secret::{AgentKey, sha256_hex};
use crate::store::entity::agent;
use crate::store::idempotency::Caller;
use crate::store::{KeyOwner, agents, sessions, sub_tasks};

/// An admin session's last use is noted this coarsely, so that reads rarely write.
const SESSION_STEP: Duration = Duration::from_secs(5 * 60);

/// A request by an agent whose key was accepted, or by the person in charge in its place.
pub struct AgentCall {
    /// The request.
    pub call: Call,
    /// The agent, as it acts.
    pub actor: Actor,
    /// The key it was let in by; none when the person in charge acts in its place.
    pub key: Option<UsedKey>,
}

/// The key an agent was let in by.
pub struct UsedKey {
    /// Its public half.
    pub id: String,
    /// When it ends, once it was replaced.
    pub ends_at: Option<Timestamp>,
}

impl std::ops::Deref for AgentCall {
    type Target = Call;
    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequest<Arc<App>> for AgentCall {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let seen = request.extensions().get::<Arc<Seen>>().cloned();
        let call = Call::from_request(request, app).await?;
        let (actor, key) = match call.headers.get(ACT_AS_HEADER) {
            Some(agent) => in_place_of(app, &call.headers, agent.as_bytes(), seen).await?,
            None => by_key(app, &call.headers, seen).await?,
        };
        Ok(Self { call, actor, key })
    }
}

type Found = (Actor, Option<UsedKey>);

/// The agent whose key the request carries. Its call is a sign of life.
async fn by_key(
    app: &Arc<App>,
    headers: &HeaderMap,
    seen: Option<Arc<Seen>>,
) -> Result<Found, Failure> {
    let key = given_key(headers)?;
    let mut me = owner(app, &key).await?;
    let actor = Actor { id: me.id.clone(), name: me.name.clone(), role: me.role, by_admin: false };
    let_in(&actor, me.status, seen)?;
    if me.pending {
        let promote = Promote { agent: me.id.clone(), key: key.id().to_owned() };
        app.writer.write(promote, None).await?;
        // Another may have been asked for in the meantime; then this one is void.
        me = owner(app, &key).await?;
    }
    renew(app, &actor).await?;
    if let Some(version) = client_version(headers) {
        app.releases.complain_if_newer(version);
    }
    Ok((actor, Some(UsedKey { id: key.id().to_owned(), ends_at: me.expires_at })))
}

/// The agent in whose place an admin session calls. It is no sign of life of the agent: nothing is
/// renewed.
async fn in_place_of(
    app: &Arc<App>,
    headers: &HeaderMap,
    agent: &[u8],
    seen: Option<Arc<Seen>>,
) -> Result<Found, Failure> {
    admin_session(app, headers).await?;
    let agent = moss_api::act_as_agent(agent).ok_or_else(|| {
        let at = vec!["header".into(), "X-Moss-Act-As".into()];
        Failure::field("value_error", at, "must be percent-encoded UTF-8".to_owned())
    })?;
    let me = resolve::agent(app.store.read(), &agent).await?;
    let actor = Actor { id: me.id, name: me.name, role: me.role.0, by_admin: true };
    let_in(&actor, me.status.0, seen)?;
    Ok((actor, None))
}

/// Notes who calls, and keeps out who is disabled.
fn let_in(actor: &Actor, status: AgentStatus, seen: Option<Arc<Seen>>) -> Result<(), Failure> {
    if let Some(seen) = seen {
        let _ = seen.agent.set(actor.clone());
    }
    match status {
        AgentStatus::Active => Ok(()),
        AgentStatus::Disabled => {
            let detail = format!("the agent \"{}\" is disabled", actor.name);
            Err(Refusal::new(ErrorCode::AgentDisabled, detail)
                .hint("ask the person in charge to enable it")
                .into())
        }
    }
}

/// Any call of a holder renews its leases (invariant 7); most calls need not write for that.
async fn renew(app: &Arc<App>, actor: &Actor) -> Result<(), Failure> {
    if actor.role != moss_api::Role::Executor {
        return Ok(());
    }
    let Some(soon) = app.renewals.may_renew(&actor.id, app.clock.now()) else { return Ok(()) };
    if sub_tasks::holds_lease_before(app.store.read(), &actor.id, soon).await? {
        app.writer.write(Renew { agent: actor.id.clone() }, None).await?;
    }
    Ok(())
}

fn unknown_key() -> Failure {
    Refusal::new(ErrorCode::UnknownKey, "this key is of no agent")
        .hint("register again if it is lost")
        .next(NextStep::CheckKey)
        .into()
}

/// The key a request carries.
fn given_key(headers: &HeaderMap) -> Result<AgentKey, Failure> {
    let text = match (headers.get(header::AUTHORIZATION), headers.get(AGENT_KEY_HEADER)) {
        (Some(value), _) => value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")),
        (None, Some(value)) => value.to_str().ok(),
        (None, None) => return Err(Failure::missing_header("authorization")),
    };
    text.and_then(AgentKey::parse).ok_or_else(unknown_key)
}

/// Which `moss` calls, if one does: `User-Agent: moss/0.2.0`.
fn client_version(headers: &HeaderMap) -> Option<Version> {
    headers.get(header::USER_AGENT)?.to_str().ok()?.strip_prefix("moss/")?.parse().ok()
}

/// Whom a key lets in now.
async fn owner(app: &Arc<App>, key: &AgentKey) -> Result<Arc<KeyOwner>, Failure> {
    let owner = app.store.key_owner(key.id()).await?;
    let owner = owner.filter(|owner| key.matches(&owner.key_hash)).ok_or_else(unknown_key)?;
    if owner.has_ended(app.clock.now()) {
        let detail = "this key was replaced by a newer one and has ended";
        return Err(Refusal::new(ErrorCode::UnknownKey, detail).hint("use the new key").into());
    }
    Ok(owner)
}

impl AgentCall {
    /// The agent's row as it is now.
    pub async fn me(&self) -> Result<agent::Model, Failure> {
        let row = agents::find(self.call.app.store.read(), &self.actor.id).await?;
        row.ok_or_else(|| Refusal::not_found("agent", &self.actor.id).into())
    }

    /// Runs a command as this agent; repeats of the same idempotency key get the same answer.
    pub async fn write<C: Command>(&self, command: C) -> Reply {
        self.call.write_as(Some(Caller::from(&self.actor)), command).await
    }
}

/// A request by the person in charge.
pub struct AdminCall {
    /// The request.
    pub call: Call,
    /// SHA-256 of the session's token.
    pub session: String,
}

impl std::ops::Deref for AdminCall {
    type Target = Call;
    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequest<Arc<App>> for AdminCall {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let call = Call::from_request(request, app).await?;
        let session = admin_session(app, &call.headers).await?;
        Ok(Self { call, session })
    }
}

/// The live session a request carries: SHA-256 of its token.
async fn admin_session(app: &Arc<App>, headers: &HeaderMap) -> Result<String, Failure> {
    let token = headers.get(ADMIN_HEADER);
    let token = token.ok_or_else(|| Failure::missing_header("X-Admin-Token"))?;
    let session = sha256_hex(token.as_bytes());
    let now = app.clock.now();
    let row = sessions::find(app.store.read(), &session).await?;
    let row = row.filter(|row| now < row.last_used_at.0 + ADMIN_IDLE).ok_or_else(|| {
        Refusal::new(ErrorCode::BadAdminSession, "this admin session is unknown or over")
            .hint("log in again")
            .next(NextStep::LogInAsAdmin)
    })?;
    if row.last_used_at.0 + SESSION_STEP < now {
        app.writer.write(Session::Use(session.clone()), None).await?;
    }
    Ok(session)
}

impl AdminCall {
    /// Runs a command as the admin.
    pub async fn write<C: Command>(&self, command: C) -> Reply {
        self.call.write_as(Some(Caller::new(ADMIN)), command).await
    }
}
