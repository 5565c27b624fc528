//! Why a move was not done, each in one line with what to do. Nothing is half-done after any of them.

use sea_orm::DbErr;

use crate::config::Address;
use crate::store::OpenError;
use crate::store::dialect::{Fault, fault};

/// Why a move was not done.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the two databases cannot be used.
    #[error(transparent)]
    Open(OpenError),
    /// A server has one of them.
    #[error(
        "a moss-server is using {0}; stop every server of it first: what is written during the move \
         would be lost. Nothing was changed"
    )]
    Running(String),
    /// A server had the source meanwhile.
    #[error(
        "a moss-server wrote to {from} during the move; {to} is as it was. Stop every server of \
         {from}, and keep it from being started again, then move again"
    )]
    Written {
        /// From where.
        from: String,
        /// To where.
        to: String,
    },
    /// Both are one.
    #[error("{0} cannot be moved to itself; --to names another database")]
    Same(String),
    /// There is something in the target.
    #[error(
        "{to} is not empty ({table}: {rows} rows); nothing was changed. What is moved or imported goes into a new \
         database: {mend}"
    )]
    NotEmpty {
        /// To where.
        to: String,
        /// A table with rows.
        table: &'static str,
        /// How many.
        rows: u64,
        /// What to do.
        mend: &'static str,
    },
    /// What was read is not what the database counts.
    #[error(
        "{at} gives other rows of {table} than it counts: it is damaged, or was written by another \
         program. Nothing was changed; go back to a backup, or see what moss-server verify says"
    )]
    Miscounted {
        /// Where.
        at: String,
        /// Which table.
        table: &'static str,
    },
    /// What was written was read back otherwise.
    #[error(
        "{table} reads otherwise in {to} than in {from} ({copied} and {read}); the move was undone \
         and nothing was changed. Do not use {to} before it is known why"
    )]
    Differs {
        /// Which table.
        table: &'static str,
        /// From where.
        from: String,
        /// To where.
        to: String,
        /// The sum of what was copied.
        copied: String,
        /// The sum of what was read back.
        read: String,
    },
    /// The database failed.
    #[error("{at} failed during the move ({why}); nothing was changed. {mend}, then move again")]
    Failed {
        /// Where.
        at: String,
        /// What it said.
        why: String,
        /// What to do.
        mend: &'static str,
    },
    /// The connection was lost at the end.
    #[error(
        "{0} was lost while the move was written there for good: whether it was is not known. Move \
         again: into a database that has it all it is refused as not empty, and then nothing is left \
         to do"
    )]
    Unknown(String),
}

impl MoveError {
    /// A database that cannot be opened.
    pub(super) fn opening(error: OpenError) -> Self {
        if let OpenError::InUse(path) = error {
            return Self::Running(path.display().to_string());
        }
        Self::Open(error)
    }

    /// What went wrong there, in the middle.
    pub(super) fn at(address: &Address) -> impl Fn(DbErr) -> Self + '_ {
        move |error| Self::Failed {
            at: address.to_string(),
            why: plainly(&error),
            mend: match fault(&error) {
                Fault::Full => "Make room on its disk",
                Fault::Unreachable => "Look whether it runs and is reached",
                Fault::Passing => "Somebody else had it: let nothing else use it",
                Fault::ReadOnly => "Let it take writes",
                Fault::Damaged | Fault::Unreadable => "Mend it, or go back to a backup",
                Fault::Other => "Mend that",
            },
        }
    }

    /// What went wrong there when all was to be kept.
    pub(super) fn at_the_end(address: &Address) -> impl Fn(DbErr) -> Self + '_ {
        move |error| {
            if fault(&error) == Fault::Unreachable {
                return Self::Unknown(address.to_string());
            }
            Self::at(address)(error)
        }
    }
}

/// What the database said, without the words of what stands between.
fn plainly(error: &DbErr) -> String {
    let text = error.to_string().replace('\n', " ");
    let said = text.rsplit("error returned from database: ").next().unwrap_or_default();
    said.rsplit(") ").next().unwrap_or_default().to_owned()
}
