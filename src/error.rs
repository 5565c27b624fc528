//! What went wrong, in one line, with what to do next and what to exit with.

use std::fmt;

use moss_api::{ErrorCode, Exit};

/// The word for a 400 that says no more, as the original's do: an illegal move, an unknown id or a
/// bad value.
pub const BAD_REQUEST: &str = "bad_request";

const UNSTABLE_SERVER: &str = "unstable_server";

/// Result of everything that can go wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command stopped: it failed, and this is what the caller is told.
#[derive(Debug)]
pub struct Error(Box<Failure>);

#[derive(Debug)]
struct Failure {
    exit: Exit,
    code: String,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// A failure with a word of our own.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Failure { exit, code: code.to_owned(), message: message.into(), hint: None }))
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

    /// The server turned out to be of another kind than it was taken for, and nothing was written:
    /// worth another try.
    pub fn unstable_server() -> Self {
        Self::new(Exit::Fault, UNSTABLE_SERVER, "the server keeps changing what it is")
            .hint("two different servers seem to answer at this URL")
    }

    /// Something on this machine is in the way.
    pub fn local(message: impl Into<String>) -> Self {
        Self::new(Exit::Fault, "local", message)
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same, and what it means for what was asked.
    pub fn adding(mut self, consequence: &str) -> Self {
        self.0.message.push_str("; ");
        self.0.message.push_str(consequence);
        self
    }

    /// The stable word.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Whether the server refused it without saying what was wrong.
    pub fn is_bad_request(&self) -> bool {
        self.code() == BAD_REQUEST
    }

    /// Whether it is [`Self::unstable_server`].
    pub fn is_unstable_server(&self) -> bool {
        self.code() == UNSTABLE_SERVER
    }

    /// What to do next, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The exit code it leads to.
    pub fn exit(&self) -> Exit {
        self.0.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}
