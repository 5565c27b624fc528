//! The person in charge: logging in and out, configuration, password.

use std::sync::Arc;

use moss_api::{ErrorCode, Message, requests::Login, text::Token};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::Config;
use crate::domain::Refusal;
use crate::domain::access::admin_sessions::Session;
use crate::http::extract::body::Body;
use crate::http::extract::caller::{AdminCaller, AnyCaller};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Json;
use crate::security::password;
use crate::security::secret::{random_hex, sha256_hex};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_login))
        .routes(routes!(admin_logout))
        .routes(routes!(get_config, change_config))
        .routes(routes!(change_password))
}

/// Fewest characters of an admin password.
pub(super) const MIN_PASSWORD: usize = 6;

/// Checks a password away from the threads that serve requests: it takes its time on purpose.
async fn fits(password: String, stored: String) -> bool {
    tokio::task::spawn_blocking(move || password::verify(&password, &stored)).await.unwrap_or(false)
}

/// Hashes a password, likewise.
pub(super) async fn hashed(password: String) -> Result<String> {
    let hash = tokio::task::spawn_blocking(move || password::hash(&password).ok()).await;
    hash.ok()
        .flatten()
        .ok_or_else(|| Refusal::new(ErrorCode::Internal, "the password could not be hashed").into())
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
#[utoipa::path(post, path = "/api/admin/login", tag = "admin")]
async fn admin_login(caller: AnyCaller, Body(body): Body<Login>) -> Result<Json<LoggedIn>> {
    let _one_at_a_time = caller.app.logins.one_at_a_time.lock().await;
    if let Some(wait) = caller.app.logins.wait(caller.app.clock.now()) {
        let refusal = Refusal::new(ErrorCode::Throttled, "too many failed logins");
        return Err(Error::Wait(refusal, wait.as_secs().max(1)));
    }
    let config = caller.app.config();
    if !config.has_password() || !fits(body.password.into_inner(), config.admin.password).await {
        caller.app.logins.note_failure(caller.app.clock.now());
        return Err(Refusal::new(ErrorCode::WrongPassword, "the password is wrong").into());
    }
    let token = random_hex::<32>()
        .map_err(|_| Refusal::new(ErrorCode::Internal, "the system has no randomness to give"))?;
    caller.app.writer.write(Session::Begin(sha256_hex(token.as_bytes())), None).await?;
    Ok(Json(LoggedIn { message: "logged in".to_owned(), token }))
}

/// End the admin session.
#[utoipa::path(post, path = "/api/admin/logout", tag = "admin")]
async fn admin_logout(caller: AdminCaller) -> Result<Json<Message>> {
    caller.app.writer.write(Session::End(caller.session.clone()), None).await?;
    Ok(Json(Message { message: "logged out".to_owned() }))
}

/// The sections of `config.yaml`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
struct Sections(Map<String, Value>);

/// Read the configuration, without its secrets but for the registration token.
#[utoipa::path(get, path = "/api/admin/config", tag = "admin")]
async fn get_config(caller: AdminCaller) -> Result<Json<Sections>> {
    let tree = serde_json::to_value(caller.app.config()).unwrap_or_default();
    let mut sections = tree.as_object().cloned().unwrap_or_default();
    sections.remove("setup");
    sections.insert("admin".to_owned(), json!({ "password": "***" }));
    // Shown though nobody set them: the original has them. What this server has no use for is off.
    for (section, key, value) in [
        ("server", "external_url", json!("")),
        ("webui", "auto_update", json!(false)),
        ("webui", "github_repo", json!("")),
    ] {
        if let Some(Value::Object(keys)) = sections.get_mut(section) {
            keys.entry(key).or_insert(value);
        }
    }
    Ok(Json(Sections(sections)))
}

/// The sections that may be changed while the server runs.
const CHANGEABLE: &[&str] = &["project", "agent", "notification", "webui", "workspace", "server"];

/// The answer to a change of the configuration.
#[derive(Serialize, ToSchema)]
struct ConfigChanged {
    /// That it worked.
    message: String,
    /// The sections that were changed.
    updated_keys: Vec<String>,
}

/// Change the configuration.
///
/// A shallow merge per section; of `server` only `external_url`. Other sections are dropped.
#[utoipa::path(put, path = "/api/admin/config", tag = "admin")]
async fn change_config(
    caller: AdminCaller,
    Body(Sections(body)): Body<Sections>,
) -> Result<Json<ConfigChanged>> {
    let updated = changeable(&body)?;
    caller.app.change_config(|config| merge(config, &body))?;
    Ok(Json(ConfigChanged { message: "saved".to_owned(), updated_keys: updated }))
}

/// The sections a change names, after checking that they may be changed.
fn changeable(body: &Map<String, Value>) -> Result<Vec<String>> {
    let mut sections = Vec::new();
    for (section, change) in body {
        if !CHANGEABLE.contains(&section.as_str()) || change.is_null() {
            continue;
        }
        let Value::Object(keys) = change else {
            return Err(Refusal::bad_value(section, "must be an object").into());
        };
        if section == "server" && keys.keys().any(|key| key != "external_url") {
            return Err(Refusal::bad_value("server", "only external_url can be changed").into());
        }
        sections.push(section.clone());
    }
    if sections.is_empty() {
        return Err(Refusal::bad_value("config", "nothing to change was given").into());
    }
    Ok(sections)
}

fn merge(config: &mut Config, body: &Map<String, Value>) -> Result<()> {
    let mut tree = serde_json::to_value(&*config).unwrap_or_default();
    for section in changeable(body)? {
        let change = body.get(&section).and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(slot) = tree.get_mut(&section).and_then(Value::as_object_mut) {
            slot.extend(change);
        }
    }
    let changed = serde_json::from_value::<Config>(tree).map_err(|error| error.to_string());
    *config = changed
        .and_then(Config::checked)
        .map_err(|problem| Error::field("value_error", vec!["body".into()], problem))?;
    Ok(())
}

/// A change of the admin password.
#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    /// As it is.
    old_password: Token,
    /// As it is to be; 6 characters or more.
    new_password: Token,
}

/// Change the admin password; that ends every session.
#[utoipa::path(put, path = "/api/admin/config/password", tag = "admin")]
async fn change_password(
    caller: AdminCaller,
    Body(body): Body<ChangePassword>,
) -> Result<Json<Message>> {
    if body.new_password.as_str().chars().count() < MIN_PASSWORD {
        let at = vec!["body".into(), "new_password".into()];
        let message = format!("String should have at least {MIN_PASSWORD} characters");
        return Err(Error::field("string_too_short", at, message));
    }
    // Until every session is over: a login by the old password must not slip in between.
    let _one_at_a_time = caller.app.logins.one_at_a_time.lock().await;
    if !fits(body.old_password.into_inner(), caller.app.config().admin.password).await {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the old password is wrong").into());
    }
    let hash = hashed(body.new_password.into_inner()).await?;
    caller.app.change_config::<Error>(|config| {
        config.admin.password.clone_from(&hash);
        Ok(())
    })?;
    caller.app.writer.write(Session::EndAll, None).await?;
    let message = "the password is changed; every session is over".to_owned();
    Ok(Json(Message { message }))
}
