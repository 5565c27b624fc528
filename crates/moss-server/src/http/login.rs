//! Logging in with the admin's password: the same by the API and by a page, but for what the session is
//! known by.

use axum::http::request::Parts;
use moss_api::{DEVICE_COOKIE, ErrorCode};

use crate::app::App;
use crate::config::Config;
use crate::domain::Refusal;
use crate::domain::access::admin_sessions::Session;
use crate::http::admin::{busy, password_upgrade};
use crate::http::extract::stranger;
use crate::http::response::Result;
use crate::security::device;
use crate::security::hashing::{Busy, Line, Turn};
use crate::security::secret::random_hex;
use crate::security::throttle::Guesser;

pub use crate::http::response::error::Error;

/// A session has begun.
pub struct LoggedIn {
    /// Whoever brings it is the person in charge.
    pub token: String,
    /// Whoever brings it at the next login waits for nobody else's guesses.
    pub mark: String,
}

/// Whose guesses are counted together with those of this request.
pub fn guesser(parts: &Parts, app: &App) -> Guesser {
    stranger::at_device(parts, app)
}

/// Begins a session, if the password is right; `known_by` says what it is known by.
///
/// # Errors
/// [`ErrorCode::WrongPassword`]; [`Error::Wait`] for whoever guessed wrong too often.
pub async fn log_in(
    app: &App,
    guesser: &Guesser,
    password: String,
    known_by: impl Fn(&str) -> String,
) -> Result<LoggedIn> {
    let turn = turn(app, guesser).await?;
    // As it is when the turn has come: a change waits for its own.
    let config = app.config();
    let stored = config.admin.password.clone();
    let fits = if config.has_password() {
        // The turn is kept until the session has begun: no change of the password gets in between.
        Some(fits(turn, password.clone(), stored.clone()).await?)
    } else {
        None
    };
    let Some((turn, true)) = fits else {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the password is wrong").into());
    };
    app.logins.take_back(guesser);
    let (_turn, under) = password_upgrade::after_login(app, turn, password, stored).await;
    let made = random_hex::<32>().and_then(|token| Ok((token, device::mark(&under)?)));
    let (token, mark) = made
        .map_err(|_| Refusal::new(ErrorCode::Internal, "the system has no randomness to give"))?;
    if !app.decide(Session::Begin { token: known_by(&token), under }).await? {
        return Err(changed_meanwhile().into());
    }
    Ok(LoggedIn { token, mark })
}

/// Waits for a turn to hash; the guess counts from now on, whether or not it is waited for.
async fn turn(app: &App, guesser: &Guesser) -> Result<Turn> {
    app.logins
        .begin(guesser, app.clock.now())
        .map_err(|wait| stranger::throttled("passwords", wait))?;
    let line = match guesser {
        Guesser::Known(_) => Line::Known,
        Guesser::Address(_) => Line::Strangers,
    };
    app.hashing.turn(line).await.map_err(|Busy| {
        app.logins.take_back(guesser);
        busy()
    })
}

/// Checks a password when it is this caller's turn.
pub(super) async fn fits(turn: Turn, password: String, stored: String) -> Result<(Turn, bool)> {
    let checked = turn.run(move |memory| memory.verify(&password, &stored)).await;
    checked.map_err(|Busy| busy())
}

/// The password that was given counted until a moment ago: it was changed, on this or another server.
pub(super) fn changed_meanwhile() -> Refusal {
    Refusal::new(ErrorCode::WrongPassword, "the admin password was changed a moment ago")
}

/// How long a browser keeps the mark that it was let in, in seconds: 180 days.
const DEVICE_COOKIE_AGE: u32 = 180 * 24 * 60 * 60;

/// The cookie of a mark, for the path where the next login is.
pub fn device_cookie(mark: &str, app: &App, path: &str) -> String {
    let secure = if app.read_config(Config::is_https) { "; Secure" } else { "" };
    format!(
        "{DEVICE_COOKIE}={mark}; Path={path}; Max-Age={DEVICE_COOKIE_AGE}; HttpOnly; \
         SameSite=Strict{secure}"
    )
}
