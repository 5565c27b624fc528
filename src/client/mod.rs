//! Asking the server: typed, retried where that is safe, and aware of which server it is.

pub mod backend;
pub mod delivery_log;
mod events;
pub mod identity;
mod moss_server;
pub mod pages;
pub mod resolve;
pub mod response;
mod retry;
pub mod rules;
mod server_clock;
pub mod transport;
pub mod work_item;

use std::cell::Cell;
use std::time::{Duration, Instant};

use moss_api::{
    ACT_AS_HEADER, ADMIN_HEADER, DEVICE_COOKIE, Health, IDEMPOTENCY_HEADER, REGISTRATION_HEADER,
    Timestamp, act_as_value,
};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue,
    InvalidHeaderValue,
};
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

pub use moss_server::MossServer;

use crate::client::server_clock::ServerClock;
use crate::client::transport::{Request, Response, Transport, not_moss};
use crate::config::active::ActiveProfile;
use crate::config::key::Key;
use crate::config::server_kind::ServerKind;
use crate::config::{Caller, Config};
use crate::error::{Error, Result};
use crate::render::out::note;

/// The write that may leave everything as it was, time stamp included.
const MAY_CHANGE_NOTHING: &str = "/session";

/// Names and values of a query string.
pub type Query<'a> = &'a [(&'a str, String)];

/// A server, and who is asking.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    base: Url,
    headers: HeaderMap,
    deadline: Instant,
    active: Option<ActiveProfile>,
    clock: ServerClock,
    kind: Cell<Option<ServerKind>>,
    /// Whether an answer has shown that `kind` was wrong until then.
    mistaken: Cell<bool>,
    max_tries: u32,
    only_moss_server: bool,
    debug: bool,
}

impl Client {
    /// For what the configuration names; every call together ends within `timeout`.
    ///
    /// # Errors
    /// When HTTP cannot be set up, or the key is for another server.
    pub fn new(config: &Config, timeout: Duration, debug: bool) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match &config.caller {
            Caller::Nobody => {}
            Caller::Agent(key) => {
                let bearer = key.secret_for(&config.server)?;
                let bearer = Zeroizing::new(format!("Bearer {bearer}"));
                headers.insert(AUTHORIZATION, secret(&bearer)?);
            }
            Caller::Admin { session, agent } => {
                let session = session.secret_for(&config.server)?;
                headers.insert(HeaderName::from_static(ADMIN_HEADER), secret(session)?);
                if let Some(agent) = agent {
                    let agent = HeaderValue::from_str(&act_as_value(agent)).map_err(bad_header)?;
                    headers.insert(HeaderName::from_static(ACT_AS_HEADER), agent);
                }
            }
        }
        Ok(Self {
            transport: Transport::new(&config.server, &config.tls)?,
            base: config.server.clone(),
            headers,
            deadline: Instant::now() + timeout,
            kind: Cell::new(config.active.as_ref().and_then(|active| active.profile.kind)),
            clock: ServerClock::new(config.active.as_ref().map(|active| active.folder.clone())),
            active: config.active.clone(),
            mistaken: Cell::new(false),
            max_tries: retry::MAX_TRIES,
            only_moss_server: false,
            debug,
        })
    }

    /// How much of the time for everything is left.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Asks everything once, for somebody who would rather have no answer than wait.
    pub fn without_retries(mut self) -> Self {
        self.max_tries = 1;
        self
    }

    /// Takes answers of moss-server alone, and leaves no trace of what they tell.
    pub fn only_moss_server(mut self) -> Self {
        self.only_moss_server = true;
        self.active = None;
        self.clock = ServerClock::new(None);
        self
    }

    /// Carries the registration token on every call from now on.
    ///
    /// # Errors
    /// When it can be no header.
    pub fn with_registration_token(mut self, token: &str) -> Result<Self> {
        self.headers.insert(HeaderName::from_static(REGISTRATION_HEADER), secret(token)?);
        Ok(self)
    }

    /// Sends the mark of an earlier login along, which is for this server alone.
    ///
    /// # Errors
    /// When it was given by another one.
    pub fn with_device_mark(mut self, mark: &Key) -> Result<Self> {
        let mark = mark.secret_for(&self.base)?;
        let cookie = Zeroizing::new(format!("{DEVICE_COOKIE}={mark}"));
        self.headers.insert(COOKIE, secret(&cookie)?);
        Ok(self)
    }

    /// Logs in: what is answered, and the mark for the next login.
    ///
    /// # Errors
    /// Anything but a success with a `T` in it.
    pub async fn log_in<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(T, Option<Key>)> {
        let url = self.url(path, &[]);
        let answer = self.ask(Method::POST, url.clone(), Some(json(body)?)).await?;
        let mark = answer.device_mark.clone().map(Zeroizing::new);
        let mark = mark.and_then(|mark| Key::new(mark, "the answer").ok());
        Ok((answer.value(&url)?, mark.map(|mark| mark.given_for(&self.base))))
    }

    /// Reads.
    ///
    /// # Errors
    /// Anything but a success with a `T` in it.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: Query<'_>) -> Result<T> {
        let url = self.url(path, query);
        let answer = self.ask(Method::GET, url.clone(), None).await?;
        if let Some(rows) = answer.cut_after {
            note(&format!("{rows} are shown; with the others the answer would be too long"));
        }
        self.value(&answer, &url, false)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Anything but a success with UTF-8 in it.
    pub async fn get_text(&self, path: &str) -> Result<String> {
        let url = self.url(path, &[]);
        let answer = self.ask(Method::GET, url.clone(), None).await?;
        String::from_utf8(answer.body).map_err(|_| not_moss(&url, "it answers with no text"))
    }

    /// Writes.
    ///
    /// # Errors
    /// Anything but a success with a `T` in it.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.write(Method::POST, path, Some(body)).await
    }

    /// Writes what is not there yet or replaces what is.
    ///
    /// # Errors
    /// Anything but a success with a `T` in it.
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.write(Method::PUT, path, Some(body)).await
    }

    /// Writes without a body, as the original's client does.
    ///
    /// # Errors
    /// Anything but a success with a `T` in it.
    pub async fn post_empty<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.write(Method::POST, path, None::<&()>).await
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// See [`Self::post`].
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.write(Method::DELETE, path, None::<&()>).await
    }

    /// Writes; a 204 means there was nothing to do it to.
    ///
    /// # Errors
    /// Anything but a success that is empty or has a `T` in it.
    pub async fn post_for<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Option<T>> {
        let url = self.url(path, &[]);
        let answer = self.ask(Method::POST, url.clone(), Some(json(body)?)).await?;
        if answer.status == 204 { Ok(None) } else { self.value(&answer, &url, true).map(Some) }
    }

    async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T> {
        let url = self.url(path, &[]);
        // Replacing a thing by itself stamps nothing.
        let fresh = method == Method::POST && !path.ends_with(MAY_CHANGE_NOTHING);
        let answer = self.ask(method, url.clone(), body.map(json).transpose()?).await?;
        self.value(&answer, &url, fresh)
    }

    /// What a success holds. Our server's times have a zone; others are read by the server's clock,
    /// which a `fresh` answer tells of.
    fn value<T: DeserializeOwned>(&self, answer: &Response, url: &Url, fresh: bool) -> Result<T> {
        if answer.moss {
            return answer.value(url);
        }
        answer.value_after(url, |json| self.clock.read(json, answer.date, fresh))
    }

    /// How long ago a time was that the last answer told, at least.
    pub fn since(&self, time: Timestamp) -> Duration {
        self.clock.since(time)
    }

    fn url(&self, path: &str, query: Query<'_>) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// One request of ours with its retries, ending in a success.
    async fn ask(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<Response> {
        let mut headers = self.headers.clone();
        let reads = method == Method::GET;
        // A timer's question may take the packet it asks for.
        let takes = url.query_pairs().any(|(name, _)| name == "gate");
        if !reads || takes {
            let key = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string());
            headers.insert(HeaderName::from_static(IDEMPOTENCY_HEADER), key.map_err(bad_header)?);
        }
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let request = Request { method, url, headers, body };
        if self.only_moss_server && self.kind.get() == Some(ServerKind::OpenMoss) {
            return Err(not_moss(&request.url, "it is the original"));
        }
        let answer = self.persist(&request).await?;
        if self.only_moss_server && !answer.moss {
            return Err(not_moss(&request.url, "it does not say that it is one"));
        }
        self.learn(&answer, reads).await?;
        if answer.is_success() { Ok(answer) } else { Err(answer.failure(&request.url)) }
    }

    /// What the original says of itself; nothing when this is moss-server. Trusts a remembered
    /// moss-server, whose every answer confirms it; otherwise asks.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn original(&self) -> Result<Option<Health>> {
        if self.kind.get() == Some(ServerKind::Moss) {
            return Ok(None);
        }
        Ok(self.recognise(self.health().await?))
    }

    /// Believes what the server says of itself; gives it back when it is the original.
    pub fn recognise(&self, health: Health) -> Option<Health> {
        let kind = ServerKind::of(&health);
        self.remember(kind);
        (kind == ServerKind::OpenMoss).then_some(health)
    }

    /// Which server this is, as far as is known without asking.
    pub fn known_kind(&self) -> Option<ServerKind> {
        self.kind.get()
    }

    /// Takes over what another client of the same server has learnt.
    pub fn adopt_kind(&self, other: &Self) {
        self.kind.set(other.kind.get());
    }

    /// Whether the server turned out to be of another kind than it was taken for.
    pub fn was_mistaken(&self) -> bool {
        self.mistaken.get()
    }

    /// What the server says of itself.
    ///
    /// # Errors
    /// When it cannot be asked, or says nothing of the kind.
    pub async fn health(&self) -> Result<Health> {
        let url = self.url("/api/health", &[]);
        let headers = HeaderMap::new(); // public: the key stays out of it
        let request = Request { method: Method::GET, url, headers, body: None };
        let answer = self.persist(&request).await?;
        let value = answer.value(&request.url);
        // One that is not well says so with 503: it is there all the same, and what it is.
        match (answer.status, value) {
            (503, Ok(health)) => Ok(health),
            (_, value) if answer.is_success() => value,
            _ => Err(answer.failure(&request.url)),
        }
    }

    /// Compares an answer with what the server was taken for. When they differ, whatever was not
    /// a successful write fails, to be done again the other way.
    async fn learn(&self, answer: &Response, reads: bool) -> Result<()> {
        let believed = self.kind.get();
        let kind = match (believed, answer.moss) {
            (Some(ServerKind::Moss), true) | (Some(ServerKind::OpenMoss) | None, false) => {
                return Ok(());
            }
            (Some(ServerKind::OpenMoss) | None, true) => ServerKind::Moss,
            // A proxy may have answered in its place: the server itself decides.
            (Some(ServerKind::Moss), false) => match self.health().await {
                Ok(health) => ServerKind::of(&health),
                Err(_) => ServerKind::Moss,
            },
        };
        self.remember(kind);
        let written = !reads && answer.is_success();
        if believed.is_none_or(|believed| believed == kind) {
            return Ok(());
        }
        self.mistaken.set(true);
        if written {
            return Ok(());
        }
        Err(Error::unstable_server())
    }

    fn remember(&self, kind: ServerKind) {
        if self.kind.replace(Some(kind)) == Some(kind) {
            return;
        }
        if let Some(ActiveProfile { folder, profile, .. }) = &self.active
            && profile.kind != Some(kind)
        {
            folder.learn_kind(profile, kind);
        }
    }
}

fn json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|e| Error::refused(e.to_string()))
}

fn secret(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(bad_header)?;
    value.set_sensitive(true);
    Ok(value)
}

fn bad_header(_: InvalidHeaderValue) -> Error {
    Error::refused("a key or token has characters that cannot be sent")
}
