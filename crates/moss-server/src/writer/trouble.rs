//! Whether the database takes writes, as the last one has shown.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::DbErr;

/// What is wrong with the last write, if anything.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<&'static str>>>);

impl Trouble {
    /// A write is on disk.
    pub fn note_success(&self) {
        self.set(None);
    }

    /// A write was not possible. What the database says stays in the log: it names files.
    pub fn note_failure(&self, error: &DbErr) {
        let text = error.to_string();
        self.set(Some(if text.contains("disk is full") {
            "writes fail: the disk is full"
        } else if text.contains("readonly") || text.contains("read-only") {
            "writes fail: the database cannot be written"
        } else {
            "writes fail; the server's log has the reason"
        }));
    }

    /// What is wrong now.
    pub fn current(&self) -> Option<&'static str> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, trouble: Option<&'static str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}
