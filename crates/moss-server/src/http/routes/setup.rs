//! Set-up, once: the route that the page behind the one-time link posts to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use moss_api::{
    ErrorCode,
    text::{Name, Token},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::{Config, Notification, is_known_token};
use crate::domain::settings::SetUp;
use crate::domain::{Refusal, queries};
use crate::http::admin::config::known_token;
use crate::http::admin::{busy, hashed, must_be_fit};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AnyCaller;
use crate::http::extract::{own_page, stranger};
use crate::http::openapi::{Input, OperationDoc, SETUP_TOKEN, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Json;
use crate::http::workspace;
use crate::security::hashing::{Busy, Line};
use crate::security::secret::random_hex;
use crate::security::throttle::Guesser;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(setup_status)).routes(routes!(initialize))
}

/// Where the page's link carries its token; a fragment is never sent or logged.
pub(in crate::http) const SETUP_HEADER: &str = "x-setup-token";

fn is_initialized(app: &App) -> bool {
    app.config().has_password()
}

/// Whether set-up was done.
#[derive(Serialize, ToSchema)]
struct SetupStatus {
    /// Whether `server.external_url` is set.
    has_external_url: bool,
    /// Whether there is an admin password, or any agent.
    initialized: bool,
}

/// Whether set-up was done.
#[utoipa::path(get, path = "/api/setup/status", tag = "setup")]
async fn setup_status(caller: AnyCaller) -> Result<Json<SetupStatus>> {
    let has_agents = queries::agents::any(caller.db()).await?;
    Ok(Json(SetupStatus {
        has_external_url: !caller.app.config().server.external_url.is_empty(),
        initialized: is_initialized(&caller.app) || has_agents,
    }))
}

/// What a server wants to know before it is used.
#[derive(Deserialize, ToSchema)]
struct Initialize {
    /// For the person in charge; 8 characters or more, and none that is guessed first.
    #[schema(min_length = 8)]
    admin_password: Token,
    /// What packets call the project.
    project_name: Name,
    /// Where agents work, as they see it. Made if it is not there and can be made.
    workspace_root: Token,
    /// What lets agents register; made up when it is absent or empty.
    #[serde(default)]
    registration_token: Option<String>,
    /// Whether agents may register by it.
    #[serde(default = "yes")]
    allow_registration: bool,
    /// When and where agents notify.
    #[serde(default)]
    notification: Option<Notification>,
    /// Where agents reach the server, when that is not the address it is bound to.
    #[serde(default)]
    external_url: Option<String>,
}

/// The answer to set-up.
#[derive(Serialize, ToSchema)]
struct Initialized {
    /// What to do next.
    message: String,
    /// What lets agents register.
    registration_token: String,
    /// How the workspace folder stands: made, there already, or why it could not be made.
    workspace: String,
}

/// Whoever may come with the token of the set-up link.
struct SetupCaller {
    call: AnyCaller,
    guesser: Guesser,
}

impl FromRequestParts<Arc<App>> for SetupCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        own_page::must_be_whatever_the_name(&parts.headers)?;
        stranger::must_say_json(parts)?;
        let guesser = stranger::at_address(parts, app);
        Ok(Self { call: AnyCaller::from_request_parts(parts, app).await?, guesser })
    }
}

impl Input for SetupCaller {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.security(&[SETUP_TOKEN]);
    }
}

const fn yes() -> bool {
    true
}

/// Set the server up, once.
#[utoipa::path(post, path = "/api/setup/initialize", tag = "setup")]
async fn initialize(
    SetupCaller { call: caller, guesser }: SetupCaller,
    Body(body): Body<Initialize>,
) -> Result<Json<Initialized>> {
    must_be_fit("admin_password", body.admin_password.as_str())?;
    if is_initialized(&caller.app) {
        return Err(done_already().into());
    }
    let token = caller.headers.get(SETUP_HEADER).and_then(|value| value.to_str().ok());
    // Nobody guesses this token, so the right one is let in whoever guessed from the same address;
    // those who try are kept slow. While somebody sets up there is nothing to guess.
    let Some(token) = token.filter(|token| caller.app.take_setup_token(token)) else {
        if caller.app.is_setup_open() {
            caller
                .app
                .setups
                .begin(&guesser, caller.app.clock.now())
                .map_err(|wait| stranger::throttled("set-up tokens", wait))?;
        }
        return Err(Refusal::new(ErrorCode::BadSetupToken, "the one-time set-up token is wrong")
            .hint("open the link moss-server printed when it started; restart it for a new one")
            .into());
    };
    // In a task of its own: a caller that hangs up must not leave the token taken and nothing done.
    let done = tokio::spawn(set_up_or_give_back(caller.app.clone(), token.to_owned(), body)).await;
    done.map_err(|_| Refusal::new(ErrorCode::Internal, "set-up was broken off"))?
}

fn done_already() -> Refusal {
    Refusal::new(ErrorCode::AlreadyInitialized, "set-up was done already")
}

async fn set_up_or_give_back(
    app: Arc<App>,
    token: String,
    body: Initialize,
) -> Result<Json<Initialized>> {
    let done = set_up(&app, body).await;
    if done.is_err() && !is_initialized(&app) {
        app.open_setup(&token);
    }
    done
}

async fn set_up(app: &App, body: Initialize) -> Result<Json<Initialized>> {
    if body.registration_token.as_deref().is_some_and(is_known_token) {
        return Err(known_token().into());
    }
    let registration_token = match body.registration_token.filter(|token| !token.is_empty()) {
        Some(token) => token,
        None => random_hex::<16>().map_err(|_| {
            Refusal::new(ErrorCode::Internal, "the system has no randomness to give")
        })?,
    };
    let turn = app.hashing.turn(Line::Known).await.map_err(|Busy| busy())?;
    let (_turn, password) = hashed(turn, body.admin_password.into_inner()).await?;
    let mut asked = Config::default();
    asked.project.name = body.project_name.to_string();
    asked.workspace.root = body.workspace_root.to_string();
    asked.agent.registration_token.clone_from(&registration_token);
    if let Some(notification) = &body.notification {
        asked.notification.clone_from(notification);
    }
    if let Some(unfit) = asked.newly_unfit(&Config::default()) {
        let at = match unfit.section {
            "agent" => vec!["body".into(), unfit.key.into()],
            "notification" => vec!["body".into(), unfit.section.into(), unfit.key.into()],
            section => vec!["body".into(), format!("{section}_{}", unfit.key).into()],
        };
        return Err(Error::field("value_error", at, unfit.problem));
    }
    asked.agent.allow_registration = body.allow_registration;
    if let Some(url) = &body.external_url {
        asked.server.external_url.clone_from(url);
    }
    let asked = asked.checked().map_err(|problem| {
        let at = vec!["body".into(), "external_url".into()];
        Error::field("value_error", at, problem)
    })?;
    let mut settings = asked.settings();
    // What was not asked for stays as it is.
    settings.retain(|key, _| match key.split_once('.').map_or("", |(section, _)| section) {
        "agent" | "project" | "workspace" => true,
        "notification" => body.notification.is_some(),
        "server" => body.external_url.is_some(),
        _ => false,
    });
    if !app.change(SetUp { password, settings }).await? {
        return Err(done_already().into());
    }
    let root = body.workspace_root.into_inner();
    let made = tokio::task::spawn_blocking(move || workspace::make(&root)).await;
    Ok(Json(Initialized {
        message: "set up; agents register with this token".to_owned(),
        registration_token,
        workspace: made.unwrap_or_default(),
    }))
}
