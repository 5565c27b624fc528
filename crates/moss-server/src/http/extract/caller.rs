//! Who calls: an agent by its key, the person in charge by a session, the one in the place of the
//! other, or anyone.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use moss_api::release::Version;
use moss_api::text::Token;
use moss_api::{
    ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, AgentStatus, IDEMPOTENCY_HEADER, Timestamp,
};

use crate::app::App;
use crate::domain::access::admin_sessions::{self, Session};
use crate::domain::access::keys::{self, Promote};
use crate::domain::offers::Acting;
use crate::domain::patrol::anomalies::KeyRefused;
use crate::domain::queries::Db;
use crate::domain::rules::Dialect;
use crate::domain::work::renewal::{self, Renew};
use crate::domain::{ADMIN, Actor, Command, Refusal, must_be_active, resolve};
use crate::http::dialect::dialect;
use crate::http::extract::body::malformed_or;
use crate::http::extract::own_page;
use crate::http::extract::role::{self, ForRole};
use crate::http::intake::Intake;
use crate::http::limits;
use crate::http::openapi::{ACT_AS, ADMIN_SESSION, AGENT_BEARER, AGENT_KEY, Input, OperationDoc};
use crate::http::request_log::Seen;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Written;
use crate::security::secret::{AgentKey, sha256_hex};
use crate::writer::{Caller, Idempotency};

/// A caller nobody asks for credentials.
pub(in crate::http) struct AnyCaller {
    /// The server.
    pub app: Arc<App>,
    /// The headers.
    pub headers: HeaderMap,
    method: Method,
    uri: Uri,
    /// The request on its way in.
    pub intake: Arc<Intake>,
}

impl FromRequestParts<Arc<App>> for AnyCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let call = Self::unjudged(parts, app)?;
        call.intake.admit().await?;
        Ok(call)
    }
}

impl Input for AnyCaller {
    fn describe(_: &mut OperationDoc<'_>) {}
}

impl AnyCaller {
    /// Whoever it is; no place is taken yet.
    fn unjudged(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        Ok(Self {
            app: app.clone(),
            intake: Intake::of(&parts.extensions)?,
            // Nothing that is read after the caller is in them.
            headers: std::mem::take(&mut parts.headers),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
        })
    }

    /// The database, for reading.
    pub fn db(&self) -> &Db {
        self.app.store.read()
    }

    /// The idempotency key, checked.
    ///
    /// # Errors
    /// When it is no [`Token`].
    pub fn idempotency_key(&self) -> Result<Option<String>> {
        let Some(value) = self.headers.get(IDEMPOTENCY_HEADER) else { return Ok(None) };
        let at = || vec!["header".into(), "Idempotency-Key".into()];
        let text = value
            .to_str()
            .map_err(|_| Error::field("value_error", at(), "must be printable ASCII".to_owned()))?;
        let key = Token::new(text)
            .map_err(|error| Error::field("value_error", at(), error.to_string()))?;
        Ok(Some(key.into_inner()))
    }

    fn idempotency(&self, caller: Caller) -> Result<Option<Idempotency>> {
        let Some(key) = self.idempotency_key()? else { return Ok(None) };
        let (method, path) = (self.method.as_str().as_bytes(), self.uri.path().as_bytes());
        let request_hash = sha256_hex(&[method, path, &self.intake.body()].join(&0));
        Ok(Some(Idempotency { caller, key, request_hash }))
    }

    /// Runs a command for nobody in particular, such as a registration.
    pub async fn write<C: Command>(&self, command: C) -> Result<Written<C::Output>> {
        Ok(Written::new(self.app.writer.write(command, None).await?))
    }

    async fn write_as<C: Command>(&self, caller: Caller, command: C) -> Result<Written<C::Output>> {
        let idempotency = self.idempotency(caller)?;
        Ok(Written::new(self.app.writer.write(command, idempotency).await?))
    }
}

/// An agent whose key was accepted, or the person in charge in its place; in either case of a role
/// the route is for.
pub(in crate::http) struct AgentCaller<R = role::Any> {
    call: AnyCaller,
    /// The agent, as it acts.
    pub actor: Actor,
    /// The key it was let in by; none when the person in charge acts in its place.
    pub key: Option<UsedKey>,
    role: PhantomData<R>,
}

/// The key an agent was let in by.
pub(in crate::http) struct UsedKey {
    /// Its public half.
    pub id: String,
    /// When it ends, once it was replaced.
    pub ends_at: Option<Timestamp>,
}

impl<R> std::ops::Deref for AgentCaller<R> {
    type Target = AnyCaller;
    fn deref(&self) -> &AnyCaller {
        &self.call
    }
}

impl<R: ForRole> FromRequestParts<Arc<App>> for AgentCaller<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let caller = Self::entered(parts, app).await?;
        caller.shows_life().await?;
        if let Err(refusal) = R::check(&caller.actor) {
            return Err(malformed_or(app, &caller.intake, refusal).await);
        }
        Ok(caller)
    }
}

/// An agent, or the timer that asks for it: whether the call is a sign of life of the agent is for
/// the handler to say, with [`AgentCaller::shows_life`].
pub(in crate::http) struct AgentOrTimer(pub AgentCaller);

impl FromRequestParts<Arc<App>> for AgentOrTimer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        AgentCaller::entered(parts, app).await.map(Self)
    }
}

impl Input for AgentOrTimer {
    fn describe(doc: &mut OperationDoc<'_>) {
        <AgentCaller as Input>::describe(doc);
    }
}

impl<R: ForRole> Input for AgentCaller<R> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.security(&[AGENT_BEARER]);
        doc.security(&[AGENT_KEY]);
        doc.security(&[ADMIN_SESSION, ACT_AS]);
        let words: Vec<_> = R::roles().iter().map(|role| role.as_str()).collect();
        if words.len() < moss_api::Role::ALL.len() {
            doc.say(&format!("For the {}.", words.join(" and the ")));
        }
    }
}

impl<R> AgentCaller<R> {
    /// Whoever is let in, of whatever role.
    async fn entered(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let call = AnyCaller::unjudged(parts, app)?;
        let seen = parts.extensions.get::<Arc<Seen>>();
        let (actor, key) = match call.headers.get(ACT_AS_HEADER) {
            Some(agent) => in_place_of(&call, agent.as_bytes(), seen).await?,
            None => by_key(&call, seen).await?,
        };
        take_place(app, &call.intake).await?;
        Ok(Self { call, actor, key, role: PhantomData })
    }

    /// Any call of a holder renews its leases (invariant 7); most calls need not write for that.
    /// Whoever acts in its place is no sign of life of it.
    pub async fn shows_life(&self) -> Result<()> {
        let (app, actor) = (&self.call.app, &self.actor);
        if actor.role != moss_api::Role::Executor || actor.by_admin {
            return Ok(());
        }
        let now = app.clock.now();
        if app.renewals.may_renew(&actor.id, now)
            && renewal::is_due(app.store.read(), &actor.id, now).await?
        {
            app.writer.write(Renew { agent: actor.id.clone() }, None).await?;
        }
        Ok(())
    }

    /// Whose words the caller knows.
    pub fn dialect(&self) -> Dialect {
        dialect(&self.call.headers)
    }

    /// The agent's own key, as it was sent.
    pub fn sent_key(&self) -> Option<String> {
        self.key.as_ref()?;
        given_key(&self.call.headers).ok().map(|key| key.reveal())
    }

    /// Runs a command as this agent; repeats of the same idempotency key get the same answer. That
    /// it did something is its answer to what its timer was handed.
    pub async fn write<C: Command>(&self, command: C) -> Result<Written<C::Output>> {
        let caller = Caller::from(&self.actor);
        if self.actor.by_admin {
            return self.call.write_as(caller, command).await;
        }
        self.call.write_as(caller, Acting { agent: self.actor.id.clone(), command }).await
    }
}

type Found = (Actor, Option<UsedKey>);

/// The agent whose key the request carries. Its call is a sign of life.
async fn by_key(call: &AnyCaller, seen: Option<&Arc<Seen>>) -> Result<Found> {
    let app = &call.app;
    let key = given_key(&call.headers)?;
    let mut me = {
        // Whoever guesses asks the database in few places; a key that is remembered needs none.
        let is_remembered = app.store.remembers_key(key.id());
        let _place = if is_remembered { None } else { Some(call.intake.stranger_place().await?) };
        let now = app.clock.now();
        let named = keys::named(&app.store, &key, now).await?;
        let owner = keys::judged(named.clone(), &key, now);
        if let (Err(refusal), Some(named)) = (&owner, named) {
            note_refusal(app, &named.id, &named.name, refusal).await;
        }
        owner?
    };
    let actor = Actor { id: me.id.clone(), name: me.name.clone(), role: me.role, by_admin: false };
    if let Err(refusal) = let_in(&actor, me.status, seen) {
        note_refusal(app, &me.id, &me.name, &refusal).await;
        return Err(refusal.into());
    }
    call.intake.set_known(&actor.id);
    limits::by_key(app, &actor.id)?;
    call.intake.set_let_in(LetIn { by: Credential::Key(key.clone()), at: app.clock.now() });
    if me.pending {
        let promote = Promote { agent: me.id.clone(), key: key.id().to_owned() };
        app.writer.write(promote, None).await?;
        // Another may have been asked for in the meantime; then this one is void.
        me = keys::owner(&app.store, &key, app.clock.now()).await?;
    }
    if let Some(version) = client_version(&call.headers) {
        app.releases.complain_if_newer(version);
    }
    Ok((actor, Some(UsedKey { id: key.id().to_owned(), ends_at: me.expires_at })))
}

/// The agent in whose place an admin session calls. It is no sign of life of the agent: nothing is
/// renewed.
async fn in_place_of(call: &AnyCaller, agent: &[u8], seen: Option<&Arc<Seen>>) -> Result<Found> {
    admin_session(call).await?;
    let agent = moss_api::act_as_agent(agent).ok_or_else(|| {
        let at = vec!["header".into(), "X-Moss-Act-As".into()];
        Error::field("value_error", at, "must be percent-encoded UTF-8".to_owned())
    })?;
    let me = resolve::agent(call.db(), &agent).await?;
    let status = me.status.0;
    let actor = Actor::in_place_of(me);
    let_in(&actor, status, seen)?;
    Ok((actor, None))
}

/// Notes who calls, and keeps out who is disabled.
fn let_in(
    actor: &Actor,
    status: AgentStatus,
    seen: Option<&Arc<Seen>>,
) -> std::result::Result<(), Refusal> {
    if let Some(seen) = seen {
        let _ = seen.agent.set(actor.clone());
    }
    must_be_active(&actor.id, &actor.name, status)
}

/// What a caller was let in by.
pub(in crate::http) enum Credential {
    /// An agent's key.
    Key(AgentKey),
    /// An admin's session: SHA-256 of its token.
    Session(String),
}

/// By what a caller was let in, and when that was looked at.
pub(in crate::http) struct LetIn {
    by: Credential,
    at: Timestamp,
}

/// Takes the request's place, if it has arrived. Place and body may have been waited for: whoever was
/// let in longer ago than a key is believed is looked at again.
///
/// # Errors
/// When there is no place, or the caller is not let in any more.
pub(super) async fn take_place(app: &App, intake: &Intake) -> Result<()> {
    intake.admit().await?;
    let now = app.clock.now();
    let Some(LetIn { by, at }) = intake.let_in() else { return Ok(()) };
    if now < *at + keys::KEYS_ARE_BELIEVED_FOR {
        return Ok(());
    }
    match by {
        Credential::Key(key) => {
            let me = keys::owner(&app.store, key, now).await?;
            must_be_active(&me.id, &me.name, me.status)?;
        }
        Credential::Session(hash) => {
            admin_sessions::wants_noting(app.store.read(), hash, now, &app.url()).await?;
        }
    }
    Ok(())
}

/// Says once that a known agent's key is not let in, to whoever reads the log and the events.
async fn note_refusal(app: &App, agent: &str, name: &str, refusal: &Refusal) {
    if !app.refused_keys.is_first(agent, app.clock.now()) {
        return;
    }
    let (agent, name, why) = (agent.to_owned(), name.to_owned(), refusal.detail.clone());
    match app.writer.write(KeyRefused { agent, name, why }, None).await {
        Ok(answer) => {
            if let Ok(Some(news)) = serde_json::from_str::<Option<String>>(&answer.body) {
                tracing::warn!("{news}");
            }
        }
        Err(error) => tracing::warn!(%error, "a refused key could not be noted"),
    }
}

/// The key a request carries.
fn given_key(headers: &HeaderMap) -> Result<AgentKey> {
    let text = match (headers.get(header::AUTHORIZATION), headers.get(AGENT_KEY_HEADER)) {
        (Some(value), _) => value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")),
        (None, Some(value)) => value.to_str().ok(),
        (None, None) => return Err(Error::missing_header("authorization")),
    };
    Ok(text.and_then(AgentKey::parse).ok_or_else(keys::unknown)?)
}

/// Which `moss` calls, if one does: `User-Agent: moss/0.2.0`.
fn client_version(headers: &HeaderMap) -> Option<Version> {
    headers.get(header::USER_AGENT)?.to_str().ok()?.strip_prefix("moss/")?.parse().ok()
}

/// The person in charge.
pub(in crate::http) struct AdminCaller {
    call: AnyCaller,
    /// SHA-256 of the session's token.
    pub session: String,
}

impl std::ops::Deref for AdminCaller {
    type Target = AnyCaller;
    fn deref(&self) -> &AnyCaller {
        &self.call
    }
}

impl FromRequestParts<Arc<App>> for AdminCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let call = AnyCaller::unjudged(parts, app)?;
        let session = admin_session(&call).await?;
        take_place(app, &call.intake).await?;
        Ok(Self { call, session })
    }
}

impl Input for AdminCaller {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.security(&[ADMIN_SESSION]);
    }
}

/// The live session a request carries: SHA-256 of its token. A page of another site is not let
/// write by it.
async fn admin_session(call: &AnyCaller) -> Result<String> {
    let token = call.headers.get(ADMIN_HEADER);
    let token = token.ok_or_else(|| Error::missing_header("X-Admin-Token"))?;
    if !call.method.is_safe() {
        own_page::must_be(&call.headers, &call.app)?;
    }
    let session = sha256_hex(token.as_bytes());
    let place = call.intake.stranger_place().await?;
    let (now, url) = (call.app.clock.now(), call.app.url());
    let wants_noting = admin_sessions::wants_noting(call.db(), &session, now, &url).await?;
    drop(place);
    call.intake.set_known(ADMIN);
    limits::by_key(&call.app, &session)?;
    call.intake.set_let_in(LetIn { by: Credential::Session(session.clone()), at: now });
    if wants_noting {
        call.app.writer.write(Session::Use(session.clone()), None).await?;
    }
    Ok(session)
}

impl AdminCaller {
    /// Runs a command as the admin.
    pub async fn write<C: Command>(&self, command: C) -> Result<Written<C::Output>> {
        self.call.write_as(Caller::new(ADMIN), command).await
    }
}
