//! Why something was not done, in the words the caller sees.
//!
//! Policy: a refusal has a stable code, says what and why in `detail`, and where there is a next
//! step names it in `next`, which the client words. What somebody else chose, such as a name, is quoted in it. A fault of the database is no refusal: the caller learns
//! that nothing was changed, the log learns why.

use std::fmt;

use moss_api::{Action, ErrorBody, ErrorCode, NextStep, Role, is_hexadecimal, quoted, short_id};

use crate::store::DbErr;
use crate::store::dialect::{Fault, fault};
use crate::store::idempotency::Answer;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The answer is no: the caller gets it as it is.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Error {
    /// What the caller is told when nothing was done and the same again in a moment may be: the
    /// database was not reached, or somebody else was in the way.
    pub fn passing(&self) -> Option<Refusal> {
        let Self::Database(error) = self else { return None };
        match fault(error) {
            Fault::Unreachable => Some(Refusal::not_reached()),
            Fault::Passing => Some(Refusal::in_others_hands()),
            Fault::Full | Fault::ReadOnly | Fault::Damaged | Fault::Unreadable | Fault::Other => {
                None
            }
        }
    }

    /// The same with a next step, when it is a refusal.
    #[must_use]
    pub fn next(self, next: NextStep) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.next(next)),
            Self::Database(error) => Self::Database(error),
        }
    }
}

/// A no, with its reason.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The stable code; decides HTTP status and exit code.
    pub code: ErrorCode,
    /// What is wrong.
    pub detail: String,
    /// What to know or do, in words that are no command of `moss`.
    pub hint: Option<String>,
    /// What to do next; the client knows the command.
    pub next: Option<NextStep>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), hint: None, next: None }
    }

    /// The same with a next step.
    #[must_use]
    pub fn next(mut self, next: NextStep) -> Self {
        self.next = Some(next);
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a command of `moss-server` for the person in charge, and where to type it.
    #[must_use]
    pub fn at_the_server(self, what_for: &str, command: &str) -> Self {
        self.hint(format!(
            "{what_for}at the server's machine, in the folder of its config.yaml: moss-server {command}"
        ))
    }

    /// A value outside its vocabulary or range.
    pub fn bad_value(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorCode::BadValue, format!("{field}: {problem}"))
    }

    /// No such thing; where it is one that can be listed, with a look at those there are.
    pub fn not_found(what: &str, id: &str) -> Self {
        let shown = moss_api::clip(id, 40);
        let shown = if is_hexadecimal(id) { shown } else { quoted(&shown) };
        let next = match what {
            "sub-task" => Some(NextStep::ListSubTasks { task: None, status: None }),
            "task" => Some(NextStep::ListTasks),
            "agent" => Some(NextStep::ListAgents { role: None }),
            "module" => Some(NextStep::ListModules),
            "review" => Some(NextStep::ListVerdicts),
            "anomaly" => Some(NextStep::ListAnomalies),
            "leftover" => Some(NextStep::ListLeftovers),
            "question" => Some(NextStep::ListQuestions),
            _ => None,
        };
        Self { next, ..Self::new(ErrorCode::NotFound, format!("no {what} {shown}")) }
    }

    /// Not for this role.
    pub fn wrong_role(detail: String, role: Role) -> Self {
        Self::new(ErrorCode::WrongRole, format!("{detail}; you are the {role}"))
    }

    /// Several ids begin so, or one is a name besides.
    pub fn ambiguous(what: &str, prefix: &str, candidates: &[(String, String)]) -> Self {
        let named: Vec<String> = candidates
            .iter()
            .map(|(id, name)| {
                // Enough of the id to tell it from the prefix that did not.
                let shown = id.get(..(prefix.len() + 4).max(8)).unwrap_or(id);
                format!("{shown} {}", quoted(&moss_api::clip(name, 40)))
            })
            .collect();
        Self::new(
            ErrorCode::AmbiguousId,
            format!("several {what}s fit {prefix}: {}", named.join(", ")),
        )
        .hint("give more characters of the id")
    }

    /// What the caller is told of a fault of the database.
    pub fn storage_failed() -> Self {
        Self::new(
            ErrorCode::StorageFailed,
            "the server could not write or read its database; nothing was changed",
        )
        .hint("try again; the server's log has the reason")
    }

    /// What the caller is told while the database is not reached.
    pub fn not_reached() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "the server does not reach its database; nothing was changed",
        )
        .hint("try again in a moment; the server's log has the reason")
    }

    /// What the caller is told when others were in the way each time.
    pub fn in_others_hands() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "others are writing what this would change; nothing was changed",
        )
        .hint("try again in a moment")
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
        .next(NextStep::Show { id: Some(short_id(id).to_owned()) })
    }

    /// The body clients see.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            detail: self.detail.clone().into(),
            code: Some(self.code.as_str().to_owned()),
            hint: self.hint.clone(),
            next: self.next.clone(),
            request_id: None,
        }
    }

    /// The refusal as an answer that can be kept and repeated.
    pub fn answer(&self) -> Answer {
        let body = serde_json::to_string(&self.body()).unwrap_or_else(|_| "{}".to_owned());
        Answer { status: self.code.status(), body, replayed: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_looked_for_where_it_is_listed() {
        for (what, next) in [
            ("module", Some(NextStep::ListModules)),
            ("review", Some(NextStep::ListVerdicts)),
            ("anomaly", Some(NextStep::ListAnomalies)),
            ("invite", None),
        ] {
            assert_eq!(Refusal::not_found(what, "ffff").next, next, "{what}");
        }
    }
}
