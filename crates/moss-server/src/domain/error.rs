//! Why something was not done, in the words the caller sees.
//!
//! Policy: a refusal has a stable code, says what and why in `detail`, and where there is a next
//! step names it in `hint` as a command. A storage fault is carried along and never shown: the
//! caller learns that nothing was changed, the log learns why.

use std::fmt;

use moss_api::{Action, ErrorBody, ErrorCode, Role, short_id};
use sea_orm::DbErr;

use crate::store::idempotency::Answer;

/// A no, with its reason.
#[derive(Debug)]
pub struct Refusal {
    /// The stable code; decides HTTP status and exit code.
    pub code: ErrorCode,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The fault behind it, when the database failed.
    pub storage: Option<DbErr>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        let refusal = Self::new(
            ErrorCode::StorageFailed,
            "the server could not write or read its database; nothing was changed",
        );
        Self { storage: Some(error), ..refusal }.hint("try again; the server's log has the reason")
    }
}

impl From<moss_api::TransitionError> for Refusal {
    fn from(refusal: moss_api::TransitionError) -> Self {
        let code = match refusal {
            moss_api::TransitionError::WrongRole { .. } => ErrorCode::WrongRole,
            moss_api::TransitionError::Illegal { .. } => ErrorCode::IllegalTransition,
        };
        Self::new(code, refusal.to_string())
    }
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), hint: None, storage: None }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A value outside its vocabulary or range.
    pub fn bad_value(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorCode::BadValue, format!("{field}: {problem}"))
    }

    /// No such thing.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("no {what} {}", moss_api::clip(id, 40)))
    }

    /// Not for this role.
    pub fn wrong_role(detail: String, role: Role) -> Self {
        Self::new(ErrorCode::WrongRole, format!("{detail}; you are the {role}"))
    }

    /// Several ids begin so.
    pub fn ambiguous(what: &str, prefix: &str, candidates: &[(String, String)]) -> Self {
        let named: Vec<String> = candidates
            .iter()
            .map(|(id, name)| {
                // Enough of the id to tell it from the prefix that did not.
                let shown = id.get(..(prefix.len() + 4).max(8)).unwrap_or(id);
                format!("{shown} \"{}\"", moss_api::clip(name, 40))
            })
            .collect();
        Self::new(
            ErrorCode::AmbiguousId,
            format!("several {what}s begin with {prefix}: {}", named.join(", ")),
        )
        .hint("give more characters of the id")
    }

    /// The idempotency key stands for another request.
    pub fn key_reused() -> Self {
        Self::new(
            ErrorCode::KeyReused,
            "this Idempotency-Key was used for a different request; nothing was changed",
        )
        .hint("send a fresh key")
    }

    /// The state machine has no such move.
    pub fn illegal(action: Action, id: &str, from: moss_api::SubTaskStatus) -> Self {
        Self::new(
            ErrorCode::IllegalTransition,
            format!("cannot {action} sub-task {}: it is in {from}", short_id(id)),
        )
        .hint(format!("moss show {}", short_id(id)))
    }

    /// The body clients see.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            detail: self.detail.clone().into(),
            code: Some(self.code.as_str().to_owned()),
            hint: self.hint.clone(),
            request_id: None,
        }
    }

    /// The refusal as an answer that can be kept and repeated.
    pub fn answer(&self) -> Answer {
        let body = serde_json::to_string(&self.body()).unwrap_or_else(|_| "{}".to_owned());
        Answer { status: self.code.status(), body, replayed: false }
    }
}
