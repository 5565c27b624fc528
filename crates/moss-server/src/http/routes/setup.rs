//! Set-up, once: a page behind a one-time link, and the route it posts to.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use moss_api::{
    ErrorCode,
    text::{Name, Token},
};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::config::Notification;
use crate::domain::Refusal;
use crate::http::admin::{MIN_PASSWORD, hashed};
use crate::http::extract::request::{Call, Reply, json as answer};
use crate::http::response::error::Failure;
use crate::security::secret::random_hex;
use crate::store::agents;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/setup", get(page))
        .route("/api/setup/status", get(status))
        .route("/api/setup/initialize", post(initialize))
}

/// Where the page's link carries its token; a fragment is never sent or logged.
const SETUP_HEADER: &str = "x-setup-token";

fn is_initialized(app: &App) -> bool {
    app.config().has_password()
}

async fn status(call: Call) -> Reply {
    let has_agents = agents::any(call.app.store.read()).await?;
    answer(&json!({
        "initialized": is_initialized(&call.app) || has_agents,
        "has_external_url": !call.app.config().server.external_url.is_empty(),
    }))
}

#[derive(Deserialize)]
struct Initialize {
    admin_password: Token,
    project_name: Name,
    workspace_root: Name,
    #[serde(default)]
    registration_token: Option<String>,
    #[serde(default = "yes")]
    allow_registration: bool,
    #[serde(default)]
    notification: Option<Notification>,
    #[serde(default)]
    external_url: Option<String>,
}

const fn yes() -> bool {
    true
}

async fn initialize(call: Call) -> Reply {
    let body: Initialize = call.body()?;
    if body.admin_password.as_str().chars().count() < MIN_PASSWORD {
        let at = vec!["body".into(), "admin_password".into()];
        let message = format!("String should have at least {MIN_PASSWORD} characters");
        return Err(Failure::field("string_too_short", at, message));
    }
    if is_initialized(&call.app) {
        return Err(Refusal::new(ErrorCode::AlreadyInitialized, "set-up was done already").into());
    }
    let token = call.headers.get(SETUP_HEADER).and_then(|value| value.to_str().ok());
    let Some(token) = token.filter(|token| call.app.take_setup_token(token)) else {
        return Err(Refusal::new(ErrorCode::BadSetupToken, "the one-time set-up token is wrong")
            .hint("open the link moss-server printed when it started; restart it for a new one")
            .into());
    };
    let done = set_up(&call, body).await;
    if done.is_err() {
        call.app.open_setup(token);
    }
    done
}

async fn set_up(call: &Call, body: Initialize) -> Reply {
    let registration_token = match body.registration_token.filter(|token| !token.is_empty()) {
        Some(token) => Token::new(token).map(Token::into_inner).map_err(|problem| {
            let at = vec!["body".into(), "registration_token".into()];
            Failure::field("value_error", at, problem.to_string())
        })?,
        None => random_hex::<16>().map_err(|_| {
            Refusal::new(ErrorCode::Internal, "the system has no randomness to give")
        })?,
    };
    let password = hashed(body.admin_password.into_inner()).await?;
    call.app.change_config::<Failure>(|config| {
        config.admin.password.clone_from(&password);
        config.project.name = body.project_name.to_string();
        config.workspace.root = body.workspace_root.to_string();
        config.agent.registration_token.clone_from(&registration_token);
        config.agent.allow_registration = body.allow_registration;
        if let Some(notification) = &body.notification {
            config.notification.clone_from(notification);
        }
        if let Some(url) = &body.external_url {
            config.server.external_url.clone_from(url);
        }
        config.setup.initialized = true;
        config.clone().checked().map(drop).map_err(|problem| {
            let at = vec!["body".into(), "external_url".into()];
            Failure::field("value_error", at, problem)
        })
    })?;
    answer(&json!({
        "message": "set up; agents register with this token",
        "registration_token": registration_token,
    }))
}

async fn page(call: Call) -> Reply {
    let html = if is_initialized(&call.app) { DONE } else { FORM };
    let mut response = Html(html).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                  connect-src 'self'; form-action 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

const DONE: &str = include_str!("setup_done.html");
const FORM: &str = include_str!("setup_form.html");
