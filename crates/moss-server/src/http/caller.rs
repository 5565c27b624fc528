//! Who calls: an agent by its key, or the person in charge by a session.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use moss_api::{ADMIN_HEADER, AGENT_KEY_HEADER, ErrorCode, Timestamp};

use super::call::{Call, Reply, Seen};
use super::failure::Failure;
use crate::app::App;
use crate::domain::holding::Renew;
use crate::domain::keys::Promote;
use crate::domain::lease::ADMIN_IDLE;
use crate::domain::sessions::Session;
use crate::domain::{Actor, Refusal};
use crate::secret::{AgentKey, sha256_hex};
use crate::store::entity::agent;
use crate::store::{Caller, Command, KeyOwner, agents, sessions, sub_tasks};

/// An admin session's last use is noted this coarsely, so that reads rarely write.
const SESSION_STEP: Duration = Duration::from_secs(5 * 60);

/// A request by an agent whose key was accepted.
pub struct AgentCall {
    /// The request.
    pub call: Call,
    /// The agent, as it acts.
    pub actor: Actor,
    /// The public half of its key.
    pub key: String,
    /// When that key ends, once it was replaced.
    pub key_ends_at: Option<Timestamp>,
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
        let key = given_key(&call.headers)?;
        let mut me = owner(app, &key).await?;
        let actor = Actor { id: me.id.clone(), name: me.name.clone(), role: me.role };
        if let Some(seen) = seen {
            let _ = seen.agent.set(actor.clone());
        }
        if me.status == moss_api::AgentStatus::Disabled {
            let detail = format!("the agent \"{}\" is disabled", me.name);
            return Err(Refusal::new(ErrorCode::AgentDisabled, detail)
                .hint("ask the person in charge to enable it")
                .into());
        }
        if me.pending {
            let promote = Promote { agent: me.id.clone(), key: key.id().to_owned() };
            app.store.write(promote, None).await?;
            // Another may have been asked for in the meantime; then this one is void.
            me = owner(app, &key).await?;
        }
        renew(app, &actor).await?;
        Ok(Self { call, actor, key: key.id().to_owned(), key_ends_at: me.expires_at })
    }
}

/// Any call of a holder renews its leases (invariant 7); most calls need not write for that.
async fn renew(app: &Arc<App>, actor: &Actor) -> Result<(), Failure> {
    if actor.role != moss_api::Role::Executor {
        return Ok(());
    }
    let Some(soon) = app.may_renew(&actor.id) else { return Ok(()) };
    if sub_tasks::holds_lease_before(app.store.read(), &actor.id, soon).await? {
        app.store.write(Renew { agent: actor.id.clone() }, None).await?;
    }
    Ok(())
}

fn unknown_key() -> Failure {
    Refusal::new(ErrorCode::UnknownKey, "this key is of no agent")
        .hint("moss whoami shows which key is used; register again if it is lost")
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
        self.call.write_as(Some(Caller(self.actor.id.clone())), command).await
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
        let token = call.headers.get(ADMIN_HEADER);
        let token = token.ok_or_else(|| Failure::missing_header("X-Admin-Token"))?;
        let session = sha256_hex(token.as_bytes());
        let now = app.clock.now();
        let row = sessions::find(app.store.read(), &session).await?;
        let row = row.filter(|row| now < row.last_used_at.0 + ADMIN_IDLE).ok_or_else(|| {
            Refusal::new(ErrorCode::BadAdminSession, "this admin session is unknown or over")
                .hint("log in again: POST /api/admin/login")
        })?;
        if row.last_used_at.0 + SESSION_STEP < now {
            app.store.write(Session::Use(session.clone()), None).await?;
        }
        Ok(Self { call, session })
    }
}

impl AdminCall {
    /// Runs a command as the admin.
    pub async fn write<C: Command>(&self, command: C) -> Reply {
        self.call.write_as(Some(Caller("admin".to_owned())), command).await
    }
}
