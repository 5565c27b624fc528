//! The person in charge: logging in and out, configuration, password.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use moss_api::{ErrorCode, requests::Login, text::Token};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::config::Config;
use crate::domain::Refusal;
use crate::domain::access::admin_sessions::Session;
use crate::http::extract::auth::AdminCall;
use crate::http::extract::request::{Call, Reply, json as answer};
use crate::http::response::error::Failure;
use crate::security::password;
use crate::security::secret::{random_hex, sha256_hex};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/admin/login", post(login))
        .route("/api/admin/logout", post(logout))
        .route("/api/admin/config", get(config).put(change_config))
        .route("/api/admin/config/password", put(change_password))
}

/// Fewest characters of an admin password.
pub(super) const MIN_PASSWORD: usize = 6;

/// Checks a password away from the threads that serve requests: it takes its time on purpose.
async fn fits(password: String, stored: String) -> bool {
    tokio::task::spawn_blocking(move || password::verify(&password, &stored)).await.unwrap_or(false)
}

/// Hashes a password, likewise.
pub(super) async fn hashed(password: String) -> Result<String, Failure> {
    let hash = tokio::task::spawn_blocking(move || password::hash(&password).ok()).await;
    hash.ok()
        .flatten()
        .ok_or_else(|| Refusal::new(ErrorCode::Internal, "the password could not be hashed").into())
}

async fn login(call: Call) -> Reply {
    let body: Login = call.body()?;
    let _one_at_a_time = call.app.logins.one_at_a_time.lock().await;
    if let Some(wait) = call.app.logins.wait(call.app.clock.now()) {
        let refusal = Refusal::new(ErrorCode::Throttled, "too many failed logins");
        return Err(Failure::Wait(refusal, wait.as_secs().max(1)));
    }
    let config = call.app.config();
    if !config.has_password() || !fits(body.password.into_inner(), config.admin.password).await {
        call.app.logins.note_failure(call.app.clock.now());
        return Err(Refusal::new(ErrorCode::WrongPassword, "the password is wrong").into());
    }
    let token = random_hex::<32>()
        .map_err(|_| Refusal::new(ErrorCode::Internal, "the system has no randomness to give"))?;
    call.app.writer.write(Session::Begin(sha256_hex(token.as_bytes())), None).await?;
    answer(&json!({ "token": token, "message": "logged in" }))
}

async fn logout(call: AdminCall) -> Reply {
    call.app.writer.write(Session::End(call.session.clone()), None).await?;
    answer(&json!({ "message": "logged out" }))
}

async fn config(call: AdminCall) -> Reply {
    let mut tree = serde_json::to_value(call.app.config()).unwrap_or_default();
    if let Some(sections) = tree.as_object_mut() {
        sections.remove("setup");
        sections.insert("admin".to_owned(), json!({ "password": "***" }));
    }
    answer(&tree)
}

/// The sections that may be changed while the server runs.
const CHANGEABLE: &[&str] = &["project", "agent", "notification", "webui", "workspace", "server"];

/// A shallow merge per section; of `server` only `external_url`. Other sections are dropped.
async fn change_config(call: AdminCall) -> Reply {
    let body: Map<String, Value> = call.body()?;
    let updated = changeable(&body)?;
    call.app.change_config(|config| merge(config, &body))?;
    answer(&json!({ "message": "saved", "updated_keys": updated }))
}

/// The sections a change names, after checking that they may be changed.
fn changeable(body: &Map<String, Value>) -> Result<Vec<String>, Failure> {
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

fn merge(config: &mut Config, body: &Map<String, Value>) -> Result<(), Failure> {
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
        .map_err(|problem| Failure::field("value_error", vec!["body".into()], problem))?;
    Ok(())
}

#[derive(Deserialize)]
struct ChangePassword {
    old_password: Token,
    new_password: Token,
}

/// A new password ends every session.
async fn change_password(call: AdminCall) -> Reply {
    let body: ChangePassword = call.body()?;
    if body.new_password.as_str().chars().count() < MIN_PASSWORD {
        let at = vec!["body".into(), "new_password".into()];
        let message = format!("String should have at least {MIN_PASSWORD} characters");
        return Err(Failure::field("string_too_short", at, message));
    }
    // Until every session is over: a login by the old password must not slip in between.
    let _one_at_a_time = call.app.logins.one_at_a_time.lock().await;
    if !fits(body.old_password.into_inner(), call.app.config().admin.password).await {
        return Err(Refusal::new(ErrorCode::WrongPassword, "the old password is wrong").into());
    }
    let hash = hashed(body.new_password.into_inner()).await?;
    call.app.change_config::<Failure>(|config| {
        config.admin.password.clone_from(&hash);
        Ok(())
    })?;
    call.app.writer.write(Session::EndAll, None).await?;
    answer(&json!({ "message": "the password is changed; every session is over" }))
}
