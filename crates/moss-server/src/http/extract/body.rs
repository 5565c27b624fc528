//! The body: read and parsed before the caller is known, as the contract orders it, and turned into
//! a type after it.
//!
//! [`read`] stands around every route that is described; it keeps what it found beside the request
//! and judges nothing. The caller's extractor asks [`judged`] first, then looks who calls, and
//! [`Body`] reads the fields last. So whoever wants the caller judged before a body is read, or
//! bodies limited by who calls, changes this file only.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use moss_api::{ErrorCode, MAX_BODY_BYTES};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::Required;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::{fields, input};
use crate::http::openapi::{Input, OperationDoc};
use crate::http::request_log::Seen;
use crate::http::response::error::Error;

/// A client that has not sent its body by then is cut off.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A body as it came; what it says, or why that cannot be told.
#[derive(Clone)]
struct Received {
    raw: Bytes,
    json: Result<Option<Value>, Problem>,
}

/// Why a body says nothing.
#[derive(Clone)]
enum Problem {
    /// Over the limit, or cut off.
    TooLarge,
    /// Not there in time.
    Late,
    /// Not UTF-8.
    Encoding,
    /// Half a surrogate pair.
    HalfPair,
    /// No JSON, from this column on.
    Json { column: usize, message: String },
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::TooLarge => {
                let detail = format!("the body is over {MAX_BODY_BYTES} bytes, or was cut off");
                Refusal::new(ErrorCode::TooLarge, detail).into()
            }
            Problem::Late => {
                let detail = "the body did not arrive in time";
                Self::Wait(Refusal::new(ErrorCode::Unavailable, detail), 1)
            }
            Problem::Encoding => {
                Refusal::new(ErrorCode::BadEncoding, "the body is not UTF-8").into()
            }
            Problem::HalfPair => {
                let detail = "the body holds half a surrogate pair";
                Refusal::new(ErrorCode::BadEncoding, detail).into()
            }
            Problem::Json { column, message } => Self::Invalid {
                code: ErrorCode::BadJson,
                kind: "json_invalid".to_owned(),
                at: vec!["body".into(), column.into()],
                message: format!("JSON decode error: {message}"),
                input: Value::Object(Map::new()),
            },
        }
    }
}

/// Reads the body and keeps it beside the request.
pub(in crate::http) async fn read(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let received = receive(&parts.headers, body).await;
    if let Some(seen) = parts.extensions.get::<Arc<Seen>>() {
        let _ = seen.body.set(received.raw.clone());
    }
    parts.extensions.insert(received);
    next.run(Request::from_parts(parts, HttpBody::empty())).await
}

async fn receive(headers: &HeaderMap, body: HttpBody) -> Received {
    let read = axum::body::to_bytes(body, MAX_BODY_BYTES);
    let raw = match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(raw)) => raw,
        Ok(Err(_)) => return Received { raw: Bytes::new(), json: Err(Problem::TooLarge) },
        Err(_) => return Received { raw: Bytes::new(), json: Err(Problem::Late) },
    };
    let json = if claims_json(headers) { parse(&raw) } else { Ok(not_json(&raw)) };
    Received { raw, json }
}

/// A body is JSON when its sender says so. Another page's form cannot say it.
fn claims_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return false };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    kind.split(';').next().unwrap_or_default().trim().ends_with("json")
}

/// A body of another kind is no object, whatever its bytes.
fn not_json(raw: &[u8]) -> Option<Value> {
    (!raw.is_empty()).then(|| Value::String(String::new()))
}

fn parse(raw: &[u8]) -> Result<Option<Value>, Problem> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let text = std::str::from_utf8(raw).map_err(|_| Problem::Encoding)?;
    serde_json::from_str(text).map(Some).map_err(|error| {
        let message = error.to_string();
        if message.contains("surrogate") || message.contains("hex escape") {
            return Problem::HalfPair;
        }
        Problem::Json { column: error.column(), message }
    })
}

/// The bytes of a body that is JSON or empty.
///
/// # Errors
/// When it is neither, is too large, or did not come.
pub(super) fn judged(parts: &Parts) -> Result<Bytes, Error> {
    match parts.extensions.get::<Received>() {
        Some(Received { raw, json: Ok(_) }) => Ok(raw.clone()),
        Some(Received { json: Err(problem), .. }) => Err(problem.clone().into()),
        None => Ok(Bytes::new()),
    }
}

/// What the body says as a type; none when it is empty. A problem shows what was sent there.
fn said<T: DeserializeOwned>(
    mut request: Request,
    of_nothing: impl FnOnce(Option<Value>) -> Result<T, Error>,
) -> Result<T, Error> {
    let Some(Received { raw, json }) = request.extensions_mut().remove::<Received>() else {
        return of_nothing(None);
    };
    let read = match json? {
        Some(value) if !value.is_null() => object(&value),
        nothing => of_nothing(nothing),
    };
    read.map_err(|error| error.with_input(|place| input::at(&raw, place)))
}

/// The body as a type.
pub(in crate::http) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Error> {
        let read = said(request, |nothing| match nothing {
            Some(null) => object(&null),
            None => Err(Error::field("missing", vec!["body".into()], "Field required".into())),
        });
        read.map(Self)
    }
}

impl<T: ToSchema> Input for Body<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.body::<T>(Required::True);
    }
}

/// The body as a type, or the type's default when there is none or it is `null`.
pub(in crate::http) struct BodyOrDefault<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for BodyOrDefault<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Error> {
        said(request, |_| Ok(T::default())).map(Self)
    }
}

impl<T: ToSchema> Input for BodyOrDefault<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.body::<T>(Required::False);
    }
}

fn object<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    if !value.is_object() {
        let message = "Input should be a JSON object".to_owned();
        return Err(Error::field("model_attributes_type", vec!["body".into()], message));
    }
    fields::read("body", "value_error", value)
}

/// A word of a closed vocabulary; a wrong one is 400, as the contract has it.
pub(in crate::http) fn word<T>(choice: moss_api::WireWord<T>, field: &str) -> Result<T, Error> {
    choice.get().map_err(|problem| Refusal::bad_value(field, problem).into())
}

/// The same, when it may be absent.
pub(in crate::http) fn word_or<T>(
    choice: Option<moss_api::WireWord<T>>,
    field: &str,
    default: T,
) -> Result<T, Error> {
    choice.map_or(Ok(default), |choice| word(choice, field))
}

/// A session id a caller may leave out or send empty.
pub(in crate::http) fn session_id(session: Option<String>) -> Result<Option<String>, Error> {
    use moss_api::text::Token;
    let shown = moss_api::clip(session.as_deref().unwrap_or_default(), 100);
    let token = session.filter(|session| !session.is_empty()).map(Token::new).transpose();
    token.map(|token| token.map(Into::into)).map_err(|problem| {
        let at = vec!["body".into(), "session_id".into()];
        Error::field("value_error", at, problem.to_string()).with_input(|_| shown.into())
    })
}
