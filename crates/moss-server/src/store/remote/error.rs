//! Why a database that is a server cannot be used, each in one line with what to do.

use std::io;

use sqlx::Error;

use crate::config::RemoteAddress;
use crate::store::remote::{mysql, postgres};

/// Why it cannot be used. Never with the password.
#[derive(Debug, thiserror::Error)]
#[error("the database {at} {problem}")]
pub struct RemoteError {
    /// Which.
    at: String,
    /// What is wrong, and what to do.
    problem: String,
}

impl RemoteError {
    /// What is wrong with this database.
    pub(in crate::store) fn new(at: impl ToString, problem: impl Into<String>) -> Self {
        Self { at: at.to_string(), problem: problem.into() }
    }

    /// What the driver said of it.
    pub(super) fn of(address: &RemoteAddress, error: &Error) -> Self {
        Self::new(address, problem(address, error))
    }
}

/// What went wrong, by its code where it has one.
fn problem(address: &RemoteAddress, error: &Error) -> String {
    let Some(said) = error.as_database_error() else { return no_answer(address, error) };
    let message = said.message();
    let known = match mysql::number(error) {
        Some(number) => mysql::refusal(number, message, address),
        None => postgres::refusal(&said.code().unwrap_or_default(), message, address),
    };
    known.unwrap_or_else(|| format!("refuses: {message}"))
}

fn no_answer(address: &RemoteAddress, error: &Error) -> String {
    if let Some(problem) = not_over_tls(address, error) {
        return problem;
    }
    let is_it_there = "is it running, and are host and port of database.url right?";
    if let Error::Io(cause) = error
        && cause.kind() != io::ErrorKind::TimedOut
    {
        format!("cannot be reached ({cause}); {is_it_there}")
    } else if matches!(error, Error::Io(_) | Error::PoolTimedOut) {
        format!("does not answer; {is_it_there}")
    } else if let Error::Configuration(cause) = error
        && cause.to_string().starts_with("RSA")
    {
        // The driver's words are for who builds it.
        "takes this user's password over TLS only; write ?ssl-mode=REQUIRED at the end of \
         database.url, and see that its server has TLS"
            .to_owned()
    } else {
        format!("cannot be used: {error}")
    }
}

/// Why it cannot be spoken to over TLS, if that is it. What comes up in the handshake the driver
/// tells as invalid data.
fn not_over_tls(address: &RemoteAddress, error: &Error) -> Option<String> {
    let cause = if let Error::Tls(cause) = error {
        cause.to_string()
    } else if let Error::Io(cause) = error
        && cause.kind() == io::ErrorKind::InvalidData
    {
        cause.to_string()
    } else {
        return None;
    };
    let (mode, authority) = address.tls_parameters();
    Some(if cause.starts_with("invalid peer certificate") {
        format!(
            "has a certificate that is not taken ({cause}); {authority} in database.url names the \
             file of who signed it, and the host there is one that it is for"
        )
    } else {
        format!(
            "cannot be spoken to over TLS ({cause}); let its server have TLS, or ask for less with \
             {mode} in database.url"
        )
    })
}
