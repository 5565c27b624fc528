//! Errors as answers.
//!
//! Policy: every error is JSON with the original's `detail`, and our `code`, `hint` and `next` beside it,
//! and the request's id.
//! Validation errors carry the original's list of problems in `detail`. What went wrong inside
//! the server is logged, never shown.

use std::sync::Arc;

use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorBody, ErrorCode};
use serde_json::{Value, json};

use crate::domain::{self, Refusal};
use crate::http::failures::Failed;
use crate::writer::WriteError;

/// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER: u64 = 1;

/// A request that was not served.
#[derive(Debug)]
pub enum Error {
    /// Refused, with a reason.
    Refused(Refusal),
    /// The input does not fit; one problem a field.
    Invalid {
        /// The stable code.
        code: ErrorCode,
        /// The original's kind of problem, such as `missing`.
        kind: String,
        /// Where: `body`, `query` or `header`, then the path.
        at: Vec<Value>,
        /// What.
        message: String,
        /// What was sent there.
        input: Value,
    },
    /// Refused for now; try again after this many seconds.
    Wait(Refusal, u64),
    /// The database failed.
    Failed(Arc<domain::Error>),
}

impl Error {
    /// A problem with a field of the body.
    pub fn field(kind: &str, at: Vec<Value>, message: String) -> Self {
        let (code, kind) = (ErrorCode::Invalid, kind.to_owned());
        Self::Invalid { code, kind, at, message, input: Value::Null }
    }

    /// There is no room for it now; the same again in a moment may be served.
    pub fn unavailable(detail: &str) -> Self {
        Self::Wait(Refusal::new(ErrorCode::Unavailable, detail), RETRY_AFTER)
    }

    /// A header that should be there is not.
    pub fn missing_header(name: &str) -> Self {
        Self::Invalid {
            code: ErrorCode::MissingCredentials,
            kind: "missing".to_owned(),
            at: vec!["header".into(), name.into()],
            message: "Field required".to_owned(),
            input: Value::Null,
        }
    }

    /// The same with what was sent there; `find` is given the place, from below `body` or `query`.
    /// Where something is missing, it is what it is missing from.
    #[must_use]
    pub fn with_input(mut self, find: impl FnOnce(&[Value]) -> Value) -> Self {
        if let Self::Invalid { kind, at, input, .. } = &mut self
            && let [_, place @ ..] = at.as_slice()
        {
            match (place, kind.as_str()) {
                // What is no JSON has no places.
                (_, "json_invalid") => {}
                ([around @ .., _], "missing") => *input = find(around),
                (_, "missing") => {}
                (place, _) => *input = find(place),
            }
        }
        self
    }
}

/// What the original's framework adds to some kinds of problems.
fn context(kind: &str, message: &str) -> Option<Value> {
    match kind {
        "value_error" | "json_invalid" => Some(json!({ "error": message })),
        "enum" => message.split_once(" is not one of: ").map(|(_, all)| json!({ "expected": all })),
        "string_too_short" => {
            let digits = message.split(' ').find_map(|word| word.parse::<u64>().ok());
            digits.map(|least| json!({ "min_length": least }))
        }
        _ => None,
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Refused(refusal) => Self::Refused(refusal),
            // The log says once that it is not reached, and not for every request.
            domain::Error::Database(ref cause) if error.passing().is_some() => {
                tracing::debug!(error = %cause, "the database was not reached, or is busy");
                Self::Failed(Arc::new(error))
            }
            domain::Error::Database(ref cause) => {
                tracing::error!(error = %cause, "the database failed");
                Self::Failed(Arc::new(error))
            }
        }
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Unavailable => Self::unavailable("the server is busy or shutting down"),
            WriteError::Storage(error) => domain::Error::Database(error).into(),
            WriteError::Unknown(_) => Self::unavailable(
                "the database was lost while it wrote: whether this was done is not known; the \
                 same request with the same Idempotency-Key tells, and does it if it was not",
            ),
            WriteError::Encoding(error) => {
                tracing::error!(%error, "an answer could not be encoded");
                Self::Refused(Refusal::new(ErrorCode::Internal, "the server made a bad answer"))
            }
        }
    }
}

/// Whether somebody came with nothing that lets in. Whoever guesses keeps no connection that others
/// need.
fn is_not_let_in(code: ErrorCode) -> bool {
    let of_them =
        [ErrorCode::MissingCredentials, ErrorCode::UnknownKey, ErrorCode::BadAdminSession];
    of_them.contains(&code)
}

/// An error on its way out. It becomes JSON once it has its request's id: see
/// [`crate::http::middleware::stamp`].
pub(in crate::http) fn error_response(status: StatusCode, body: ErrorBody) -> Response {
    (status, Extension(Arc::new(body))).into_response()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut failed = None;
        let (code, body, wait) = match self {
            Self::Failed(error) => {
                let passing = error.passing();
                failed = Some(Failed(error));
                let wait = passing.is_some().then_some(RETRY_AFTER);
                let refusal = passing.unwrap_or_else(Refusal::storage_failed);
                (refusal.code, refusal.body(), wait)
            }
            Self::Refused(refusal) => (refusal.code, refusal.body(), None),
            Self::Wait(refusal, seconds) => (refusal.code, refusal.body(), Some(seconds)),
            Self::Invalid { code, kind, at, message, input } => {
                let context = context(&kind, &message);
                let mut problem =
                    json!({ "type": kind, "loc": at, "msg": message, "input": input });
                if let Some(context) = context {
                    problem["ctx"] = context;
                }
                let code_word = Some(code.as_str().to_owned());
                let body = ErrorBody {
                    detail: json!([problem]),
                    code: code_word,
                    hint: None,
                    next: None,
                    request_id: None,
                };
                (code, body, None)
            }
        };
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = error_response(status, body);
        if is_not_let_in(code) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(failed) = failed {
            response.extensions_mut().insert(failed);
        }
        response
    }
}
