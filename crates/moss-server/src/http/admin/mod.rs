//! The person in charge: logging in and out, password; their configuration has its own file.

mod agents;
pub(super) mod config;
mod dashboard;
mod goals;
mod logs;
mod password_upgrade;
mod prompts;
mod questions;
mod reviews;
mod scores;
mod sub_tasks;
mod tasks;
mod webhooks;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use moss_api::{DEVICE_COOKIE, ErrorCode, Message, requests::Login, text::Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::Config;
use crate::domain::Refusal;
use crate::domain::access::admin_sessions::Session;
use crate::domain::settings::ChangePassword as Exchange;
use crate::http::extract::body::Body;
use crate::http::extract::caller::{AdminCaller, AnyCaller};
use crate::http::extract::own_page;
use crate::http::extract::stranger;
use crate::http::openapi::{Input, OperationDoc, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Json;
use crate::security::hashing::{Busy, Line, Turn};
use crate::security::new_password::{self, Unfit};
use crate::security::secret::{random_hex, sha256_hex};
use crate::security::throttle::Guesser;
use crate::security::{device, password};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_login))
        .routes(routes!(admin_logout))
        .routes(routes!(change_password))
        .merge(agents::routes())
        .merge(config::routes())
        .merge(dashboard::routes())
        .merge(goals::routes())
        .merge(logs::routes())
        .merge(prompts::routes())
        .merge(questions::routes())
        .merge(reviews::routes())
        .merge(scores::routes())
        .merge(sub_tasks::routes())
        .merge(tasks::routes())
        .merge(webhooks::routes())
}

/// Checks a password when it is this caller's turn.
async fn fits(turn: Turn, password: String, stored: String) -> Result<(Turn, bool)> {
    let checked = turn.run(move |memory| memory.verify(&password, &stored)).await;
    checked.map_err(|Busy| busy())
}

/// Judges a new password in a field of the body.
pub(super) fn must_be_fit(field: &'static str, password: &str) -> Result<()> {
    match new_password::judge(password) {
        Ok(()) => Ok(()),
        Err(Unfit::TooShort) => {
            let at = vec!["body".into(), field.into()];
            let message = format!("String {}", Unfit::TooShort);
            Err(Error::field("string_too_short", at, message))
        }
        Err(why @ (Unfit::Blank | Unfit::Common)) => {
            Err(Refusal::bad_value("the new password", why.to_string()).into())
        }
    }
}

/// Hashes a new password, likewise.
pub(super) async fn hashed(turn: Turn, password: String) -> Result<(Turn, String)> {
    let (turn, hash) =
        turn.run(move |_| password::hash(&password).ok()).await.map_err(|Busy| busy())?;
    let hash =
        hash.ok_or_else(|| Refusal::new(ErrorCode::Internal, "the password could not be hashed"))?;
    Ok((turn, hash))
}

/// Too many passwords are being hashed.
pub(super) fn busy() -> Error {
    Error::unavailable("too many logins at once")
}

/// Whoever may know the password, and whose guesses are counted together with this one.
struct LoginCaller {
    call: AnyCaller,
    guesser: Guesser,
}

impl FromRequestParts<Arc<App>> for LoginCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        own_page::must_be(&parts.headers, app)?;
        let guesser = stranger::at_device(parts, app);
        // Before anything is read of those who have to wait.
        if let Some(wait) = app.logins.wait(&guesser, app.clock.now()) {
            return Err(stranger::throttled("passwords", wait));
        }
        stranger::must_say_json(parts)?;
        Ok(Self { call: AnyCaller::from_request_parts(parts, app).await?, guesser })
    }
}

impl Input for LoginCaller {
    fn describe(_: &mut OperationDoc<'_>) {}
}

impl LoginCaller {
    /// Waits for a turn to hash; the guess counts from now on, whether or not it is waited for.
    async fn turn(&self) -> Result<Turn> {
        let app = &self.call.app;
        app.logins
            .begin(&self.guesser, app.clock.now())
            .map_err(|wait| stranger::throttled("passwords", wait))?;
        let line = match self.guesser {
            Guesser::Known(_) => Line::Known,
            Guesser::Address(_) => Line::Strangers,
        };
        app.hashing.turn(line).await.map_err(|Busy| {
            app.logins.take_back(&self.guesser);
            busy()
        })
    }
}

/// The answer to a login.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    /// That it worked.
    message: String,
    /// What the person in charge sends from now on.
    token: String,
}

/// Begin an admin session.
///
/// Wrong passwords from one address are answered 429 for a while, longer each time. A browser that
/// was let in before brings a cookie, by which it does not wait for others at its address.
#[utoipa::path(post, path = "/api/admin/login", tag = "admin")]
async fn admin_login(
    caller: LoginCaller,
    Body(body): Body<Login>,
) -> Result<([(HeaderName, String); 1], Json<LoggedIn>)> {
    let app = &caller.call.app;
    let turn = caller.turn().await?;
    // As it is when the turn has come: a change waits for its own.
    let config = app.config();
    let (password, stored) = (body.password.into_inner(), config.admin.password.clone());
    let fits = if config.has_password() {
        // The turn is kept until the session has begun: no change of the password gets in between.
        Some(fits(turn, password.clone(), stored.clone()).await?)
    } else {
        None
    };
    let Some((turn, true)) = fits else {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the password is wrong").into());
    };
    app.logins.take_back(&caller.guesser);
    let (_turn, under) = password_upgrade::after_login(app, turn, password, stored).await;
    let made = random_hex::<32>().and_then(|token| Ok((token, device::mark(&under)?)));
    let (token, mark) = made
        .map_err(|_| Refusal::new(ErrorCode::Internal, "the system has no randomness to give"))?;
    if !app.decide(Session::Begin { token: sha256_hex(token.as_bytes()), under }).await? {
        return Err(changed_meanwhile().into());
    }
    let cookie = device_cookie(&mark, &config);
    Ok(([(header::SET_COOKIE, cookie)], Json(LoggedIn { message: "logged in".to_owned(), token })))
}

/// The password that was given counted until a moment ago: it was changed, on this or another server.
fn changed_meanwhile() -> Refusal {
    Refusal::new(ErrorCode::WrongPassword, "the admin password was changed a moment ago")
}

/// How long a browser keeps the mark that it was let in, in seconds: 180 days.
const DEVICE_COOKIE_AGE: u32 = 180 * 24 * 60 * 60;

fn device_cookie(mark: &str, config: &Config) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    format!(
        "{DEVICE_COOKIE}={mark}; Path=/api/admin/login; Max-Age={DEVICE_COOKIE_AGE}; HttpOnly; \
         SameSite=Strict{secure}"
    )
}

/// End the admin session.
#[utoipa::path(post, path = "/api/admin/logout", tag = "admin")]
async fn admin_logout(caller: AdminCaller) -> Result<Json<Message>> {
    caller.app.writer.write(Session::End(caller.session.clone()), None).await?;
    Ok(Json(Message { message: "logged out".to_owned() }))
}

/// A change of the admin password.
#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    /// As it is.
    old_password: Token,
    /// As it is to be; 8 characters or more, and none that is guessed first.
    new_password: Token,
}

/// Change the admin password; that ends every session.
#[utoipa::path(put, path = "/api/admin/config/password", tag = "admin")]
async fn change_password(
    caller: AdminCaller,
    Body(body): Body<ChangePassword>,
) -> Result<Json<Message>> {
    must_be_fit("new_password", body.new_password.as_str())?;
    let guesser = Guesser::Known(caller.session.clone());
    let app = caller.app.clone();
    app.logins
        .begin(&guesser, app.clock.now())
        .map_err(|wait| stranger::throttled("passwords", wait))?;
    // In a task of its own: a caller that hangs up must not leave sessions behind that the old
    // password began.
    let changed = tokio::spawn(exchange(app, guesser, body)).await;
    changed.map_err(|_| Refusal::new(ErrorCode::Internal, "the change was broken off"))??;
    let message = "the password is changed; every session is over".to_owned();
    Ok(Json(Message { message }))
}

/// Exchanges the password, if the old one is right, and ends every session.
async fn exchange(app: Arc<App>, guesser: Guesser, passwords: ChangePassword) -> Result<()> {
    // The turn is kept until every session is over: no login gets in between.
    let turn = app.hashing.turn(Line::Known).await.map_err(|Busy| {
        app.logins.take_back(&guesser);
        busy()
    })?;
    let (old, new) = (passwords.old_password.into_inner(), passwords.new_password.into_inner());
    let stored = app.config().admin.password;
    let (turn, fits) = fits(turn, old, stored.clone()).await?;
    if !fits {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the old password is wrong").into());
    }
    app.logins.take_back(&guesser);
    let (_turn, hash) = hashed(turn, new).await?;
    if app.change(Exchange { old: stored, new: hash }).await? {
        Ok(())
    } else {
        Err(changed_meanwhile().into())
    }
}
