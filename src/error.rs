//! What went wrong, in one line, with what to do next and what to exit with.

use std::fmt;

use moss_api::{ErrorCode, Exit};

/// Result of everything that can go wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command stopped.
#[derive(Debug)]
pub enum Error {
    /// It failed, and this is what the caller is told.
    Failed(Box<Failure>),
    /// The server turned out not to be of the kind it was taken for; nothing was written. The
    /// command is run once more, now knowing better.
    KindChanged,
}

/// What the caller is told.
#[derive(Debug)]
pub struct Failure {
    /// What to exit with.
    pub exit: Exit,
    /// A stable word: the server's, or one of ours.
    pub code: String,
    /// What and why.
    pub message: String,
    /// What next.
    pub hint: Option<String>,
}

impl Error {
    /// A failure with a word of our own.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Box::new(Failure {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: None,
        }))
    }

    /// A failure with one of the server's words, found out before asking it.
    pub fn of(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code.exit(), code.as_str(), message)
    }

    /// Input that our own validation refuses.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::of(ErrorCode::Invalid, message)
    }

    /// Wrong usage that only shows after parsing.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Something on this machine is in the way.
    pub fn local(message: impl Into<String>) -> Self {
        Self::new(Exit::Fault, "local", message)
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Failed(failure) = &mut self {
            failure.hint = Some(hint.into());
        }
        self
    }

    /// The stable word, where there is one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => Some(&failure.code),
            Self::KindChanged => None,
        }
    }

    /// What to do next, where that is known.
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => failure.hint.as_deref(),
            Self::KindChanged => None,
        }
    }

    /// The exit code it leads to.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Failed(failure) => failure.exit,
            Self::KindChanged => Exit::Fault,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => f.write_str(&failure.message),
            Self::KindChanged => f.write_str("the server keeps changing what it is"),
        }
    }
}
