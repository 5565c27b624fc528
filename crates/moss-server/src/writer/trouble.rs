//! Whether the database takes writes, as the last one has shown, and whether it is damaged, which no
//! later write can show otherwise.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::DbErr;

/// What is said of a damaged database, until a start has looked it through.
const DAMAGED: &str =
    "the database is damaged; stop the server and go back to a backup: moss-server restore FILE";

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
        self.set(Some(if text.contains("malformed") || text.contains("not a database") {
            tracing::error!(%error, "the database is damaged");
            DAMAGED
        } else if text.contains("disk is full") {
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
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *slot != Some(DAMAGED) {
            *slot = trouble;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_succeeds_ends_every_trouble_but_damage() {
        let trouble = Trouble::default();
        let fails = |what: &str| trouble.note_failure(&DbErr::Custom(what.to_owned()));
        fails("(code: 13) database or disk is full");
        assert_eq!(trouble.current(), Some("writes fail: the disk is full"));
        trouble.note_success();
        assert_eq!(trouble.current(), None);
        fails("(code: 11) database disk image is malformed");
        trouble.note_success();
        assert_eq!(trouble.current(), Some(DAMAGED));
        fails("(code: 13) database or disk is full");
        assert_eq!(trouble.current(), Some(DAMAGED), "it is still damaged");
    }
}
