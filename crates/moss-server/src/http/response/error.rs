//! Errors as answers.
//!
//! Policy: every error is JSON with the original's `detail`, and our `code`, `hint` and `next` beside it.
//! Validation errors carry the original's list of problems in `detail`. What went wrong inside
//! the server is logged, never shown.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorBody, ErrorCode};
use serde_json::{Value, json};

use crate::config::ConfigError;
use crate::domain::{Error, Refusal};
use crate::store::DbErr;
use crate::writer::WriteError;

/// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER: u64 = 1;

/// A request that was not served.
#[derive(Debug)]
pub enum Failure {
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
    },
    /// Refused for now; try again after this many seconds.
    Wait(Refusal, u64),
}

impl Failure {
    /// A problem with a field of the body.
    pub fn field(kind: &str, at: Vec<Value>, message: String) -> Self {
        Self::Invalid { code: ErrorCode::Invalid, kind: kind.to_owned(), at, message }
    }

    /// A header that should be there is not.
    pub fn missing_header(name: &str) -> Self {
        Self::Invalid {
            code: ErrorCode::MissingCredentials,
            kind: "missing".to_owned(),
            at: vec!["header".into(), name.into()],
            message: "Field required".to_owned(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        tracing::error!(%error, "the database failed");
        Self::Refused(Refusal::storage_failed())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        tracing::error!(%error, "the configuration could not be saved");
        let detail = "the configuration could not be saved; nothing was changed";
        Self::Refused(Refusal::new(ErrorCode::StorageFailed, detail))
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Unavailable => Self::Wait(
                Refusal::new(ErrorCode::Unavailable, "the server is busy or shutting down"),
                RETRY_AFTER,
            ),
            WriteError::Storage(error) => error.into(),
            WriteError::Encoding(error) => {
                tracing::error!(%error, "an answer could not be encoded");
                Self::Refused(Refusal::new(ErrorCode::Internal, "the server made a bad answer"))
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (code, body, wait) = match self {
            Self::Refused(refusal) => (refusal.code, refusal.body(), None),
            Self::Wait(refusal, seconds) => (refusal.code, refusal.body(), Some(seconds)),
            Self::Invalid { code, kind, at, message } => {
                let problem = json!([{ "type": kind, "loc": at, "msg": message, "input": null }]);
                let body = ErrorBody {
                    detail: problem,
                    code: Some(code.as_str().to_owned()),
                    hint: None,
                    next: None,
                };
                (code, body, None)
            }
        };
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
