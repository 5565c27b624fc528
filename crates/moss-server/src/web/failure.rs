//! Why something was not done or not shown, as a page tells it.

use axum::http::StatusCode;
use moss_api::ErrorBody;
use serde_json::Value;

use crate::domain::{Error, Refusal};
use crate::http::login;
use crate::web::language::Words;
use crate::writer::WriteError;

/// What did not work.
#[derive(Debug)]
pub struct Failure {
    /// As the API would answer.
    pub status: StatusCode,
    /// What is wrong.
    pub detail: String,
    /// What to know or do.
    pub hint: Option<String>,
    /// The stable code.
    pub code: Option<String>,
}

impl Failure {
    /// One that only pages know.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), hint: None, code: None }
    }

    /// What the database could not tell, in the viewer's words. The log has the reason.
    pub fn of(error: Error, words: &Words) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Database(cause) => {
                tracing::error!(error = %cause, "the database failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, words.database_silent)
            }
        }
    }

    /// What could not be written, likewise.
    pub fn of_write(error: &WriteError, words: &Words) -> Self {
        tracing::error!(%error, "a form was not carried out");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, words.database_silent)
    }

    /// What a function of the API's has refused.
    pub fn of_answer(error: login::Error, words: &Words) -> Self {
        match error {
            login::Error::Refused(refusal) | login::Error::Wait(refusal, _) => refusal.into(),
            login::Error::Invalid { code, message, .. } => Refusal::new(code, message).into(),
            login::Error::Failed(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, words.database_silent)
            }
        }
    }

    /// A refusal that the writer has answered.
    pub fn answered(status: u16, body: &str) -> Self {
        let body: Option<ErrorBody> = serde_json::from_str(body).ok();
        let detail = match body.as_ref().map(|body| &body.detail) {
            Some(Value::String(detail)) => detail.clone(),
            Some(detail) => detail.to_string(),
            None => String::new(),
        };
        let (hint, code) = body.map_or((None, None), |body| (body.hint, body.code));
        Self { status: StatusCode::from_u16(status).unwrap_or_default(), detail, hint, code }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: StatusCode::from_u16(refusal.code.status()).unwrap_or_default(),
            code: Some(refusal.code.as_str().to_owned()),
            detail: refusal.detail,
            hint: refusal.hint,
        }
    }
}
