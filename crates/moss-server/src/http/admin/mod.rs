//! The person in charge: logging in and out, password; their configuration has its own file.

mod agents;
pub(super) mod config;
mod dashboard;
mod goals;
mod logs;
pub(super) mod password_upgrade;
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
use moss_api::{ErrorCode, Message, requests::Login, text::Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::access::admin_sessions::Session;
use crate::domain::settings::ChangePassword as Exchange;
use crate::http::extract::body::Body;
use crate::http::extract::caller::{AdminCaller, AnyCaller};
use crate::http::extract::own_page;
use crate::http::extract::stranger;
use crate::http::login;
use crate::http::openapi::{Input, OperationDoc, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Json;
use crate::security::hashing::{Busy, Line, Turn};
use crate::security::new_password::{self, Unfit};
use crate::security::password;
use crate::security::secret::sha256_hex;
use crate::security::throttle::Guesser;

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
    let (app, password) = (&caller.call.app, body.password.into_inner());
    let login::LoggedIn { token, mark } =
        login::log_in(app, &caller.guesser, password, |token| sha256_hex(token.as_bytes())).await?;
    let cookie = login::device_cookie(&mark, app, "/api/admin/login");
    Ok(([(header::SET_COOKIE, cookie)], Json(LoggedIn { message: "logged in".to_owned(), token })))
}

/// End the admin session.
#[utoipa::path(post, path = "/api/admin/logout", tag = "admin")]
async fn admin_logout(caller: AdminCaller) -> Result<Json<Message>> {
    caller.app.writer.write(Session::End(caller.session.clone()), None).await?;
    Ok(Json(Message { message: "logged out".to_owned() }))
}

/// A change of the admin password.
#[derive(Deserialize, ToSchema)]
pub struct ChangePassword {
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
    exchange_password(&caller.app, &caller.session, body).await?;
    let message = "the password is changed; every session is over".to_owned();
    Ok(Json(Message { message }))
}

/// Changes the admin password, for whoever has this session; that ends every session.
///
/// # Errors
/// When the old one is wrong or the new one unfit, or it was guessed too often.
pub async fn exchange_password(
    app: &Arc<App>,
    session: &str,
    passwords: ChangePassword,
) -> Result<()> {
    must_be_fit("new_password", passwords.new_password.as_str())?;
    let guesser = Guesser::Known(session.to_owned());
    app.logins
        .begin(&guesser, app.clock.now())
        .map_err(|wait| stranger::throttled("passwords", wait))?;
    // In a task of its own: a caller that hangs up must not leave sessions behind that the old
    // password began.
    let changed = tokio::spawn(exchange(app.clone(), guesser, passwords)).await;
    changed.map_err(|_| Refusal::new(ErrorCode::Internal, "the change was broken off"))?
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
    let (turn, fits) = login::fits(turn, old, stored.clone()).await?;
    if !fits {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the old password is wrong").into());
    }
    app.logins.take_back(&guesser);
    let (_turn, hash) = hashed(turn, new).await?;
    if app.change(Exchange { old: stored, new: hash }).await? {
        Ok(())
    } else {
        Err(login::changed_meanwhile().into())
    }
}
