//! Why a database that is a server cannot be used, each in one line with what to do.

use std::io;

use sqlx::Error;

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
    pub(super) fn of(at: impl ToString, user: &str, database: &str, error: &Error) -> Self {
        Self::new(at, problem(user, database, error))
    }
}

/// What went wrong, by its code where it has one.
fn problem(user: &str, database: &str, error: &Error) -> String {
    let said = match error.as_database_error() {
        Some(said) => said,
        None => return no_answer(error),
    };
    let message = said.message();
    match said.code().as_deref().unwrap_or_default() {
        "28P01" | "28000" => format!(
            "does not let in {user} ({message}); the password stands in database.url, in the file \
             of database.password_file or in MOSS_DATABASE__URL"
        ),
        "3D000" => format!(
            "is not there ({message}); make it on that server: CREATE DATABASE \"{database}\" \
             OWNER \"{user}\" ENCODING 'UTF8' TEMPLATE template0"
        ),
        "53300" => format!(
            "has no connection free ({message}); raise its max_connections or lower \
             database.connections of each server"
        ),
        "57P03" | "57P01" => format!("is being started or stopped ({message}); try again soon"),
        "42501" => format!(
            "keeps {user} from what it needs ({message}); let it own the database: ALTER DATABASE \
             \"{database}\" OWNER TO \"{user}\""
        ),
        "25006" => {
            "takes no writes: it is a copy that only reads; database.url must name the one that \
             is written to"
                .to_owned()
        }
        "53100" => format!("has a full disk ({message}); make room there"),
        _ => format!("refuses: {message}"),
    }
}

fn no_answer(error: &Error) -> String {
    let is_it_there = "is it running, and are host and port of database.url right?";
    if let Error::Io(cause) = error
        && cause.kind() != io::ErrorKind::TimedOut
    {
        format!("cannot be reached ({cause}); {is_it_there}")
    } else if matches!(error, Error::Io(_) | Error::PoolTimedOut) {
        format!("does not answer; {is_it_there}")
    } else if let Error::Tls(cause) = error {
        format!("cannot be spoken to over TLS ({cause}); see sslmode in database.url")
    } else {
        format!("cannot be used: {error}")
    }
}
