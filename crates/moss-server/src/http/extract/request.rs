//! A request, read in the contract's order: body, then caller (see [`crate::http::extract::auth`]), then fields.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorCode, IDEMPOTENCY_HEADER, LooseNumber, MAX_BODY_BYTES, text::Token};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::domain::{Actor, Command, Refusal};
use crate::http::response::error::Failure;
use crate::security::secret::sha256_hex;
use crate::store::idempotency::{Answer, Caller, Idempotency};
use crate::store::paging::PageRequest;

/// What a handler gives back.
pub type Reply = Result<Response, Failure>;

/// A client that has not sent its body by then is cut off.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON answer.
pub fn json<T: Serialize>(value: &T) -> Reply {
    Ok(axum::Json(value).into_response())
}

/// A request whose body is JSON or empty; who calls is not known yet.
pub struct Call {
    /// The server.
    pub app: Arc<App>,
    /// The headers.
    pub headers: HeaderMap,
    method: Method,
    path: String,
    query: HashMap<String, String>,
    raw: Bytes,
    body: Option<Value>,
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let read = axum::body::to_bytes(body, MAX_BODY_BYTES);
        let raw = match tokio::time::timeout(BODY_TIMEOUT, read).await {
            Ok(Ok(raw)) => raw,
            Ok(Err(_)) => {
                let detail = format!("the body is over {MAX_BODY_BYTES} bytes, or was cut off");
                return Err(Refusal::new(ErrorCode::TooLarge, detail).into());
            }
            Err(_) => {
                let detail = "the body did not arrive in time";
                return Err(Failure::Wait(Refusal::new(ErrorCode::Unavailable, detail), 1));
            }
        };
        if let Some(seen) = parts.extensions.get::<Arc<Seen>>() {
            let _ = seen.body.set(raw.clone());
        }
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            app: app.clone(),
            body: if claims_json(&parts.headers) { parse(&raw)? } else { not_json(&raw) },
            query: url_pairs(query),
            path: parts.uri.path().to_owned(),
            method: parts.method,
            headers: parts.headers,
            raw,
        })
    }
}

/// The pairs of a query string; of a repeated key the last counts, as for the original.
pub(in crate::http) fn url_pairs(query: &str) -> HashMap<String, String> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A body is JSON unless its sender says it is something else.
fn claims_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    // What curl and forms send for `-d` without saying more.
    essence.ends_with("json") || essence == "application/x-www-form-urlencoded"
}

/// A body of another kind is no object, whatever its bytes.
fn not_json(raw: &[u8]) -> Option<Value> {
    (!raw.is_empty()).then(|| Value::String(String::new()))
}

fn parse(raw: &[u8]) -> Result<Option<Value>, Failure> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let text = std::str::from_utf8(raw)
        .map_err(|_| Refusal::new(ErrorCode::BadEncoding, "the body is not UTF-8"))?;
    serde_json::from_str(text).map(Some).map_err(|error| {
        let message = error.to_string();
        if message.contains("surrogate") || message.contains("hex escape") {
            return Refusal::new(ErrorCode::BadEncoding, "the body holds half a surrogate pair")
                .into();
        }
        let at = vec!["body".into(), error.column().into()];
        Failure::Invalid {
            code: ErrorCode::BadJson,
            kind: "json_invalid".to_owned(),
            at,
            message: format!("JSON decode error: {message}"),
        }
    })
}

impl Call {
    /// The body as a type.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        match &self.body {
            Some(value) => fields(value),
            None => Err(Failure::field("missing", vec!["body".into()], "Field required".into())),
        }
    }

    /// The body as a type, or its default when there is none or it is `null`.
    pub fn body_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Failure> {
        match &self.body {
            None | Some(Value::Null) => Ok(T::default()),
            Some(value) => fields(value),
        }
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A query parameter; an empty one counts as absent, as for the original.
    pub fn some_param(&self, name: &str) -> Option<&str> {
        self.param(name).filter(|text| !text.is_empty())
    }

    /// A query parameter that must be there.
    pub fn needed_param(&self, name: &str) -> Result<&str, Failure> {
        self.param(name).ok_or_else(|| {
            Failure::field("missing", vec!["query".into(), name.into()], "Field required".into())
        })
    }

    /// A query parameter that is a whole number.
    pub fn int(&self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.param(name) else { return Ok(None) };
        let number = serde_json::from_value::<LooseNumber>(text.into());
        number.map(|n| Some(n.0)).map_err(|error| {
            Failure::field("int_parsing", vec!["query".into(), name.into()], error.to_string())
        })
    }

    /// The page the caller asks for.
    pub fn page(&self) -> Result<PageRequest, Failure> {
        Ok(PageRequest::new(self.int("page")?.unwrap_or(1), self.int("page_size")?.unwrap_or(0)))
    }

    fn idempotency(&self, caller: Caller) -> Result<Option<Idempotency>, Failure> {
        let Some(key) = self.idempotency_key()? else { return Ok(None) };
        let request = [self.method.as_str().as_bytes(), self.path.as_bytes(), &self.raw].join(&0);
        Ok(Some(Idempotency { caller, key, request_hash: sha256_hex(&request) }))
    }

    /// The idempotency key, checked.
    pub fn idempotency_key(&self) -> Result<Option<String>, Failure> {
        let Some(value) = self.headers.get(IDEMPOTENCY_HEADER) else { return Ok(None) };
        let at = || vec!["header".into(), "Idempotency-Key".into()];
        let text = value.to_str().map_err(|_| {
            Failure::field("value_error", at(), "must be printable ASCII".to_owned())
        })?;
        let key = Token::new(text)
            .map_err(|error| Failure::field("value_error", at(), error.to_string()))?;
        Ok(Some(key.into_inner()))
    }

    /// Runs a command for nobody in particular, such as a registration.
    pub async fn write_as<C: Command>(&self, caller: Option<Caller>, command: C) -> Reply {
        let idempotency = match caller {
            Some(caller) => self.idempotency(caller)?,
            None => None,
        };
        let answer = self.app.writer.write(command, idempotency).await?;
        Ok(answered(answer))
    }
}

fn answered(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::NO_CONTENT {
        headers.remove(header::CONTENT_TYPE);
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if answer.replayed {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

fn fields<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    if !value.is_object() {
        let message = "Input should be a JSON object".to_owned();
        return Err(Failure::field("model_attributes_type", vec!["body".into()], message));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        use serde_path_to_error::Segment;
        let mut at: Vec<Value> = vec!["body".into()];
        at.extend(error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Value::from(*index)),
            Segment::Map { key } => Some(key.as_str().into()),
            Segment::Enum { variant } => Some(variant.as_str().into()),
            Segment::Unknown => None,
        }));
        let message = error.inner().to_string();
        let missing = message.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`'));
        match missing {
            Some(field) => {
                at.push(field.into());
                Failure::field("missing", at, "Field required".to_owned())
            }
            None => Failure::field("value_error", at, message),
        }
    })
}

/// What the request log wants to know of a request, filled in as it is read.
#[derive(Default)]
pub(in crate::http) struct Seen {
    pub(in crate::http) agent: OnceLock<Actor>,
    pub(in crate::http) body: OnceLock<Bytes>,
}

/// The id in a path, as it was typed: whether it means anything is found out later.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => {
                Err(Refusal::new(ErrorCode::NotFound, "the id in the path is no text").into())
            }
        }
    }
}

/// A word of a closed vocabulary; a wrong one is 400, as the contract has it.
pub fn word<T>(choice: moss_api::WireWord<T>, field: &str) -> Result<T, Failure> {
    choice.get().map_err(|problem| Refusal::bad_value(field, problem).into())
}

/// The same, when it may be absent.
pub fn word_or<T>(
    choice: Option<moss_api::WireWord<T>>,
    field: &str,
    default: T,
) -> Result<T, Failure> {
    choice.map_or(Ok(default), |choice| word(choice, field))
}

/// A session id a caller may leave out or send empty.
pub fn session_id(session: Option<String>) -> Result<Option<String>, Failure> {
    let token = session.filter(|session| !session.is_empty()).map(Token::new).transpose();
    token.map(|token| token.map(Into::into)).map_err(|problem| {
        let at = vec!["body".into(), "session_id".into()];
        Failure::field("value_error", at, problem.to_string())
    })
}
