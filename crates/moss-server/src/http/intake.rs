//! A request on its way in: who sends it, its body, and the place it takes.
//!
//! A body is not touched before somebody asks for it: the caller is judged by the headers first,
//! and who is not known may send little and is waited for shortly. A request takes one of the
//! places when it has arrived as a whole, so that who sends slowly takes none; known callers have
//! places of their own, and each of them few at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use moss_api::{ErrorCode, MAX_BODY_BYTES, MAX_STRANGER_BODY_BYTES};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use utoipa::openapi::OpenApi;

use crate::domain::Refusal;
use crate::http::answers::{Answered, is_write, too_much_unread};
use crate::http::budget::{Budget, Share};
use crate::http::extract::caller::LetIn;
use crate::http::request_log::Seen;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::turns::{Turn, Turns};
use crate::net::connections::{AtWork, Connection};

/// Requests of known callers in progress at once.
const KNOWN_PLACES: usize = 512;
/// Requests of strangers in progress at once. Few: each is short, and the others wait.
const STRANGER_PLACES: usize = 32;
/// How long a stranger waits for a place.
const STRANGER_PATIENCE: Duration = Duration::from_secs(1);
/// A known caller that has not sent its body by then is cut off.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a stranger.
const STRANGER_BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long, and up to how many bytes, a body nobody wants is taken and thrown away, so that its
/// sender gets as far as hearing the answer.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);
const DISCARD_BYTES: usize = 2 * MAX_BODY_BYTES;

/// What all requests have in common.
pub struct Gate {
    known: Arc<Semaphore>,
    turns: Turns,
    strangers: Arc<Semaphore>,
    large_bodies: Budget,
    /// The methods that take a body, by path.
    takes_body: HashMap<String, Vec<Method>>,
}

impl Gate {
    /// In front of the described routes; which of them take a body follows from the description.
    pub fn new(routes: &OpenApi, large_bodies: Budget) -> Arc<Self> {
        let mut takes_body: HashMap<_, Vec<_>> = HashMap::new();
        for (path, item) in &routes.paths.paths {
            let operations = [
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::DELETE, &item.delete),
                (Method::GET, &item.get),
            ];
            for (method, operation) in operations {
                if operation.as_ref().is_some_and(|operation| operation.request_body.is_some()) {
                    takes_body.entry(path.clone()).or_default().push(method);
                }
            }
        }
        Arc::new(Self {
            known: Arc::new(Semaphore::new(KNOWN_PLACES)),
            turns: Turns::default(),
            strangers: Arc::new(Semaphore::new(STRANGER_PLACES)),
            large_bodies,
            takes_body,
        })
    }
}

/// What a sender says the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// JSON.
    Json,
    /// Nothing, or something else. Another page's form cannot say that it is JSON.
    Other,
}

impl Content {
    fn of(request: &Request) -> Self {
        let Some(kind) = request.headers().get(header::CONTENT_TYPE) else { return Self::Other };
        let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let is_json = |kind: &str| kind == "json" || kind.ends_with("+json");
        let is_said = essence.strip_prefix("application/").is_some_and(is_json);
        if is_said { Self::Json } else { Self::Other }
    }
}

/// Why a body did not come.
#[derive(Clone, Debug)]
pub enum Missing {
    /// It is over this limit.
    TooLarge(usize),
    /// It ends before it should, or is not sent as HTTP has it.
    Broken,
    /// Too many bytes of others, or of other requests of this caller, are kept just now.
    Crowded,
    /// It was not there in time.
    Late,
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::TooLarge(limit) => {
                let detail = format!("the body is over {limit} bytes");
                Refusal::new(ErrorCode::TooLarge, detail).into()
            }
            Missing::Broken => {
                let detail = "the body ends too early, or its chunks are malformed";
                Refusal::new(ErrorCode::BrokenBody, detail).into()
            }
            Missing::Crowded => Self::unavailable("too many large bodies at once"),
            Missing::Late => Self::unavailable("the body did not arrive in time"),
        }
    }
}

/// One request on its way in.
pub struct Intake {
    gate: Arc<Gate>,
    /// Absent where there is no network.
    connection: Option<Connection>,
    /// What the request log wants to know.
    seen: Option<Arc<Seen>>,
    /// Who it is, once a key or a session said so.
    caller: OnceLock<String>,
    /// By what.
    let_in: OnceLock<LetIn>,
    takes_body: bool,
    /// What is done is told in any case: see [`Budget`].
    is_write: bool,
    /// What its sender says the body is.
    pub content: Content,
    /// At least so many bytes are announced.
    announced: u64,
    unread: Mutex<Option<BodyDataStream>>,
    body: OnceLock<std::result::Result<Bytes, Missing>>,
    /// What the body has of the budget, for as long as the request lasts.
    share: Mutex<Option<Share>>,
    place: Mutex<Option<Place>>,
}

/// What a request has while it is worked on.
struct Place {
    _place: OwnedSemaphorePermit,
    /// A known caller's.
    _turn: Option<Turn>,
    _at_work: Option<AtWork>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the body beside the request, unread, and gives the request's place back when it is
/// answered.
pub async fn receive(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let content = Content::of(&request);
    let wants_to_know_first = request.headers().contains_key(header::EXPECT);
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let takes_body = path
        .and_then(|path| gate.takes_body.get(path))
        .is_some_and(|methods| methods.contains(&parts.method));
    let announced = body.size_hint().lower();
    let unread = (!body.is_end_stream()).then(|| body.into_data_stream());
    let intake = Arc::new(Intake {
        gate,
        connection: parts.extensions.get().cloned(),
        seen: parts.extensions.get().cloned(),
        caller: OnceLock::new(),
        let_in: OnceLock::new(),
        takes_body,
        is_write: is_write(&parts.method),
        content,
        announced,
        unread: Mutex::new(unread),
        body: OnceLock::new(),
        share: Mutex::default(),
        place: Mutex::default(),
    });
    parts.extensions.insert(intake.clone());
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    locked(&intake.place).take();
    if let Some(caller) = intake.caller.get() {
        response.extensions_mut().insert(Answered(caller.clone()));
    }
    if matches!(intake.body.get(), Some(Err(_))) {
        // Where the next request would begin is not known.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    // Who waits for a word before sending has sent nothing.
    if !wants_to_know_first {
        intake.discard().await;
    }
    response
}

impl Intake {
    /// That of a request.
    ///
    /// # Errors
    /// When [`receive`] does not stand around the route.
    pub fn of(extensions: &Extensions) -> Result<Arc<Self>> {
        extensions.get::<Arc<Self>>().cloned().ok_or_else(|| {
            Refusal::new(ErrorCode::Internal, "the request has not been taken in").into()
        })
    }

    /// This caller was let in: it may send more, for longer, and its connection stays.
    pub fn set_known(&self, caller: &str) {
        let _ = self.caller.set(caller.to_owned());
        if let Some(connection) = &self.connection {
            connection.set_known(caller);
        }
    }

    /// By what this caller was let in.
    pub fn set_let_in(&self, by: LetIn) {
        let _ = self.let_in.set(by);
    }

    /// By what the caller was let in, if it was.
    pub fn let_in(&self) -> Option<&LetIn> {
        self.let_in.get()
    }

    /// For an answer that goes on after the request's place was given back.
    pub fn at_work(&self) -> Option<AtWork> {
        self.connection.as_ref().map(Connection::at_work)
    }

    fn is_known(&self) -> bool {
        self.caller.get().is_some()
    }

    /// Takes a place, once the request has arrived: at once where the route takes no body.
    ///
    /// # Errors
    /// When all are taken, or this caller has too many itself.
    pub async fn admit(&self) -> Result<()> {
        let has_arrived = !self.takes_body || self.body.get().is_some();
        if !has_arrived || locked(&self.place).is_some() {
            return Ok(());
        }
        let (place, turn) = match self.caller.get() {
            Some(caller) => {
                if self.is_write && !self.gate.large_bodies.may_owe(caller) {
                    return Err(too_much_unread());
                }
                let turn = self.gate.turns.turn(caller).await.ok_or_else(too_many)?;
                // A question is answered without a pause. Whoever else is there comes first into a
                // line, so that nobody's many requests are all answered before another's one.
                tokio::task::yield_now().await;
                let place = self.gate.known.clone().try_acquire_owned().map_err(|_| too_many())?;
                (place, Some(turn))
            }
            None => (self.stranger_place().await?, None),
        };
        let at_work = self.connection.as_ref().map(Connection::at_work);
        *locked(&self.place) = Some(Place { _place: place, _turn: turn, _at_work: at_work });
        Ok(())
    }

    /// One of the places for strangers, for as long as it takes to find out who calls.
    ///
    /// # Errors
    /// When none becomes free in time.
    pub async fn stranger_place(&self) -> Result<OwnedSemaphorePermit> {
        let place = self.gate.strangers.clone().acquire_owned();
        match timeout(STRANGER_PATIENCE, place).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(too_many()),
        }
    }

    /// The bytes that were read: none when none were.
    pub fn body(&self) -> Bytes {
        self.body.get().and_then(|read| read.as_ref().ok()).cloned().unwrap_or_default()
    }

    /// Whether the route takes a body.
    pub fn takes_body(&self) -> bool {
        self.takes_body
    }

    /// Reads the body; the second time it is there already.
    ///
    /// # Errors
    /// When it is larger than this caller may send, or did not come.
    pub async fn read(&self) -> std::result::Result<Bytes, Missing> {
        if let Some(read) = self.body.get() {
            return read.clone();
        }
        let read = if self.is_known() {
            self.read_within(MAX_BODY_BYTES, BODY_TIMEOUT).await
        } else {
            self.read_within(MAX_STRANGER_BODY_BYTES, STRANGER_BODY_TIMEOUT).await
        };
        if let (Ok(bytes), Some(seen)) = (&read, &self.seen) {
            let _ = seen.body.set(bytes.clone());
        }
        self.body.get_or_init(|| read).clone()
    }

    async fn read_within(
        &self,
        limit: usize,
        patience: Duration,
    ) -> std::result::Result<Bytes, Missing> {
        if self.announced > limit as u64 {
            return Err(Missing::TooLarge(limit));
        }
        let Some(mut stream) = locked(&self.unread).take() else { return Ok(Bytes::new()) };
        let mut share = self.gate.large_bodies.share(self.caller.get().map_or("", String::as_str));
        let gather = async {
            let mut bytes = Vec::new();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|_| Missing::Broken)?;
                let length = bytes.len() + chunk.len();
                if length > limit {
                    return Err(Missing::TooLarge(limit));
                }
                if length > bytes.capacity() {
                    // Twice as much each time; what is set aside counts, not what has come.
                    let capacity = length.max(2 * bytes.capacity()).min(limit);
                    share.grow_to(capacity).map_err(|_| Missing::Crowded)?;
                    bytes.reserve_exact(capacity - bytes.len());
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(Bytes::from(bytes))
        };
        let read = timeout(patience, gather).await.unwrap_or(Err(Missing::Late));
        if read.is_ok() {
            *locked(&self.share) = Some(share);
        } else {
            *locked(&self.unread) = Some(stream);
        }
        read
    }

    /// Takes what nobody has read and throws it away.
    async fn discard(&self) {
        let is_late = matches!(self.body.get(), Some(Err(Missing::Late)));
        let Some(mut stream) = locked(&self.unread).take().filter(|_| !is_late) else { return };
        let mut left = DISCARD_BYTES;
        let pour_away = async {
            while let Some(Ok(chunk)) = stream.next().await {
                match left.checked_sub(chunk.len()) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        let _ = timeout(DISCARD_TIMEOUT, pour_away).await;
    }
}

fn too_many() -> Error {
    Error::unavailable("too many requests at once")
}
