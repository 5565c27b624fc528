//! Whether a command that failed is tried again, and when.

use std::time::{Duration, Instant};

use sea_orm::DbErr;

use crate::store::dialect::{Fault, fault};
use crate::writer::WriteError;

/// How long a command is tried again while others are in the way, since it was handed over. Longer
/// than PostgreSQL takes to find that two wait for each other, which is a second.
const OTHERS: Duration = Duration::from_secs(4);
/// How long it is tried again while the database is lost: whoever waits for the answer is told
/// within two seconds.
const LOST: Duration = Duration::from_millis(800);
/// How long until the first repeat. Each next one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// The tries of one command.
pub(super) struct Tries {
    began: Instant,
    pause: Duration,
}

impl Tries {
    /// Of one that was handed over then: what it has waited for its turn is over.
    pub fn since(began: Instant) -> Self {
        Self { began, pause: FIRST_PAUSE }
    }

    /// How long to wait before the next try, if there is to be one. `is_kept` says whether the
    /// command's answer is kept under a key: then a repeat does nothing a second time.
    pub fn again(&mut self, error: &WriteError, is_kept: bool) -> Option<Duration> {
        let longest = match error {
            WriteError::Storage(error) => longest(error)?,
            // It may have been done; the answer under the key tells.
            WriteError::Unknown(_) if is_kept => LOST,
            WriteError::Unknown(_) | WriteError::Unavailable | WriteError::Encoding(_) => {
                return None;
            }
        };
        let pause = self.pause;
        self.pause = (pause * 2).min(LAST_PAUSE);
        (self.began.elapsed() + pause < longest).then_some(pause)
    }
}

/// How long what failed so is tried again: nothing was changed.
fn longest(error: &DbErr) -> Option<Duration> {
    match fault(error) {
        Fault::Passing => Some(OTHERS),
        Fault::Unreachable => Some(LOST),
        Fault::Full | Fault::ReadOnly | Fault::Damaged | Fault::Unreadable | Fault::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dialect::in_others_hands;

    fn contended() -> WriteError {
        WriteError::Storage(in_others_hands())
    }

    fn lost() -> DbErr {
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout)
    }

    #[test]
    fn what_may_have_been_done_is_repeated_only_under_a_key() {
        let again = |error: &WriteError, is_kept| {
            Tries::since(Instant::now()).again(error, is_kept).is_some()
        };
        assert!(again(&WriteError::Unknown(lost()), true));
        assert!(!again(&WriteError::Unknown(lost()), false));
        assert!(again(&WriteError::Storage(lost()), false), "it was not done");
        assert!(again(&contended(), false));
        assert!(!again(&WriteError::Storage(DbErr::Custom("no such table".to_owned())), true));
        assert!(!again(&WriteError::Unavailable, true));
    }

    #[test]
    fn it_is_not_tried_for_ever() {
        let mut tries = Tries::since(Instant::now() - OTHERS);
        assert_eq!(tries.again(&contended(), true), None);
        let mut tries = Tries::since(Instant::now());
        let pauses: Vec<_> = (0..10).filter_map(|_| tries.again(&contended(), true)).collect();
        assert_eq!((pauses[0], pauses[1], pauses[9]), (FIRST_PAUSE, FIRST_PAUSE * 2, LAST_PAUSE));
    }
}
