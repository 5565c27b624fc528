//! Whether the database takes writes, as the last one has shown, and whether it is damaged, as any
//! read or write has: that no later one can show otherwise, only a look through all of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::DbErr;

use crate::store::dialect::{Fault, fault};
use crate::store::{FILE_GONE, LOCK_GONE};

/// What is said of a database that is not there.
const UNREACHABLE: &str = "the database is not reached; it is tried again and again";
/// What is said of a damaged database.
const DAMAGED: &str =
    "the database is damaged; stop the server and go back to a backup: moss-server restore FILE";
/// What is said when the disk gives back what it has not.
const UNREADABLE: &str = "the disk of the database fails; the server's log has the reason";

/// What is wrong with the database, if anything.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What the last write has shown.
    write: Option<&'static str>,
    damage: Option<&'static str>,
    /// How often damage was met.
    met: u64,
}

/// Damage that was met before a look through the database began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage(u64);

impl Trouble {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write is on disk.
    pub fn note_success(&self) {
        self.state().write = None;
    }

    /// A write was not possible. What the database says stays in the log: it names files.
    pub fn note_failed_write(&self, error: &DbErr) {
        if self.note_damage(error) {
            return;
        }
        let text = error.to_string();
        self.state().write = Some(match fault(error) {
            Fault::Unreachable => UNREACHABLE,
            Fault::Full => "writes fail: the disk is full",
            Fault::ReadOnly => "writes fail: the database cannot be written",
            // Somebody else was in the way; the next write will tell.
            Fault::Passing => return,
            Fault::Other if text.contains(FILE_GONE) => {
                "writes fail: a file of the database was removed or exchanged; bring it back, or stop the \
                 server and go back to a backup: moss-server restore FILE"
            }
            Fault::Other if text.contains(LOCK_GONE) => {
                "writes fail: the lock beside the database was removed or exchanged, and another server \
                 could be using it; restart this one"
            }
            Fault::Damaged | Fault::Unreadable | Fault::Other => {
                "writes fail; the server's log has the reason"
            }
        });
    }

    /// A read failed.
    pub fn note_failed_read(&self, error: &DbErr) {
        if !self.note_damage(error) && fault(error) == Fault::Unreachable {
            self.state().write = Some(UNREACHABLE);
        }
    }

    /// Something failed that changes nothing: whether it was for damage.
    pub fn note_damage(&self, error: &DbErr) -> bool {
        let damage = match fault(error) {
            Fault::Damaged => DAMAGED,
            Fault::Unreadable => UNREADABLE,
            Fault::Unreachable | Fault::Passing | Fault::Full | Fault::ReadOnly | Fault::Other => {
                return false;
            }
        };
        let mut state = self.state();
        if state.damage.is_none() {
            tracing::error!(%error, "the database is damaged, or its disk");
        }
        // Damage that stays is not hidden by a disk that fails now and then.
        state.damage = state.damage.filter(|known| *known == DAMAGED).or(Some(damage));
        state.met += 1;
        true
    }

    /// The damage there is.
    pub fn damage(&self) -> Option<Damage> {
        let state = self.state();
        state.damage.map(|_| Damage(state.met))
    }

    /// All of the database was looked at and is whole. Damage that was met meanwhile stays.
    pub fn note_whole(&self, damage: Damage) {
        let mut state = self.state();
        if state.met == damage.0 && state.damage.take().is_some() {
            tracing::info!("the database is whole again");
        }
    }

    /// What is wrong now.
    pub fn current(&self) -> Option<&'static str> {
        let state = self.state();
        state.damage.or(state.write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_succeeds_ends_every_trouble_but_damage() {
        let trouble = Trouble::default();
        let fails = |what: &str| trouble.note_failed_write(&DbErr::Custom(what.to_owned()));
        fails("(code: 13) database or disk is full");
        assert_eq!(trouble.current(), Some("writes fail: the disk is full"));
        trouble.note_success();
        assert_eq!(trouble.current(), None);
        fails("(code: 11) database disk image is malformed");
        trouble.note_success();
        assert_eq!(trouble.current(), Some(DAMAGED));
        fails("(code: 13) database or disk is full");
        fails("(code: 10) disk I/O error");
        assert_eq!(trouble.current(), Some(DAMAGED), "it is still damaged");
    }

    #[test]
    fn of_what_a_read_meets_only_damage_counts_and_a_look_at_all_of_it_ends_it() {
        let trouble = Trouble::default();
        let fails = |what: &str| trouble.note_damage(&DbErr::Custom(what.to_owned()));
        assert!(!fails("(code: 5) database is locked") && trouble.current().is_none());
        assert!(fails("(code: 522) disk I/O error"));
        assert_eq!(trouble.current(), Some(UNREADABLE));
        assert!(fails("(code: 26) file is not a database"));
        assert_eq!(trouble.current(), Some(DAMAGED));
        let before = trouble.damage().unwrap();
        assert!(fails("(code: 11) database disk image is malformed"));
        trouble.note_whole(before);
        assert_eq!(trouble.current(), Some(DAMAGED), "met after the look began");
        trouble.note_whole(trouble.damage().unwrap());
        assert_eq!((trouble.current(), trouble.damage()), (None, None));
    }
}
