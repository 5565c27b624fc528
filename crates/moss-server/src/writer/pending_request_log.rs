//! Requests on their way to the log, gathered in memory until the writer takes them.

use std::sync::{Mutex, PoisonError};

use sea_orm::ActiveValue;

use crate::store::entity::request_log::ActiveModel;

/// Most memory they may take, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What a row takes besides its body, in bytes.
const ROW_BYTES: usize = 500;

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
    pub fn push(&self, row: ActiveModel) {
        let body = match &row.request_body {
            ActiveValue::Set(Some(body)) => body.len(),
            ActiveValue::Set(None) | ActiveValue::Unchanged(_) | ActiveValue::NotSet => 0,
        };
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.bytes < MAX_BYTES {
            pending.bytes += ROW_BYTES + body;
            pending.rows.push(row);
        }
    }

    /// Takes all that was kept.
    pub fn take(&self) -> Vec<ActiveModel> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *pending).rows
    }
}
