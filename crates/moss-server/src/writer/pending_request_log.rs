//! Requests on their way to the log, gathered in memory until the writer takes them.

use std::sync::{Mutex, PoisonError};

use moss_api::{Role, Timestamp};
use sea_orm::ActiveValue::{NotSet, Set};

use crate::store::entity::request_log::ActiveModel;
use crate::store::{At, Word};

/// Most memory they may take, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What a row takes besides its body, in bytes.
const ROW_BYTES: usize = 500;

/// What an agent asked, and how it was answered.
pub struct LoggedRequest {
    /// When it was answered.
    pub at: Timestamp,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// UUID of the agent.
    pub agent_id: String,
    /// Who really asked, when it was not the agent itself.
    pub acted_by: Option<String>,
    /// The agent's name then.
    pub agent_name: String,
    /// The agent's role then.
    pub agent_role: Role,
    /// What it sent, or the query of a read as a JSON object.
    pub body: Option<String>,
    /// HTTP status of the answer.
    pub status: u16,
}

impl From<LoggedRequest> for ActiveModel {
    fn from(request: LoggedRequest) -> Self {
        Self {
            seq: NotSet,
            timestamp: Set(At(request.at)),
            method: Set(request.method),
            path: Set(request.path),
            agent_id: Set(request.agent_id),
            acted_by: Set(request.acted_by),
            agent_name: Set(request.agent_name),
            agent_role: Set(Word(request.agent_role)),
            request_body: Set(request.body),
            response_status: Set(i64::from(request.status)),
        }
    }
}

#[derive(Default)]
struct Pending {
    rows: Vec<ActiveModel>,
    bytes: usize,
}

/// The gathered requests.
#[derive(Default)]
pub struct PendingRequestLog(Mutex<Pending>);

impl PendingRequestLog {
    /// Keeps a request for the log. What does not fit until the writer takes the rows is dropped:
    /// the log must not cost the server its memory.
    pub fn push(&self, request: LoggedRequest) {
        let size = ROW_BYTES + request.body.as_ref().map_or(0, String::len);
        let row = request.into();
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.bytes < MAX_BYTES {
            pending.bytes += size;
            pending.rows.push(row);
        }
    }

    /// Takes all that was kept.
    pub fn take(&self) -> Vec<ActiveModel> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *pending).rows
    }
}
