//! Callers nobody knows yet, with a secret that may be a guess: their address or mark, what they
//! may send, and how they are refused.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use moss_api::{DEVICE_COOKIE, ErrorCode};

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::address::address_of;
use crate::http::extract::json;
use crate::http::intake::{Content, Intake};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::security::device;
use crate::security::throttle::Guesser;

/// Whose guesses are counted with those of this request.
pub(in crate::http) fn at_address(parts: &Parts, app: &App) -> Guesser {
    Guesser::at(address_of(app, &parts.extensions, &parts.headers))
}

/// The same, when a browser may have been let in before.
pub(in crate::http) fn at_device(parts: &Parts, app: &App) -> Guesser {
    let password_hash = app.config().admin.password;
    let known = cookie(&parts.headers).and_then(|mark| device::recognise(mark, &password_hash));
    known.map_or_else(|| at_address(parts, app), Guesser::Known)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|value| value.split(';')).filter_map(|one| one.split_once('='));
    pairs.find(|(name, _)| name.trim() == DEVICE_COOKIE).map(|(_, mark)| mark.trim())
}

/// Refuses a body that does not say it is JSON: a page of any site can make a browser send others.
///
/// # Errors
/// The contract's for what is no JSON object.
pub(in crate::http) fn must_say_json(parts: &Parts) -> Result<()> {
    match Intake::of(&parts.extensions)?.content {
        Content::Json => Ok(()),
        Content::Other => Err(json::must_be_said()),
    }
}

/// Come again later.
pub(in crate::http) fn throttled(what: &str, wait: Duration) -> Error {
    let detail = format!("too many wrong {what} from there");
    Error::Wait(Refusal::new(ErrorCode::Throttled, detail), whole_seconds(wait))
}

/// The whole second in which it will do.
pub(in crate::http) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
