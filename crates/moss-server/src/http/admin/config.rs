//! Reading and changing the configuration while the server runs.

use std::sync::Arc;

use moss_api::{clip, quoted};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::{Config, is_known_token, is_shared, known_keys};
use crate::domain::Refusal;
use crate::domain::settings::Change;
use crate::http::extract::body::Body;
use crate::http::extract::caller::AdminCaller;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get_config, change_config))
}

/// The sections of `config.yaml`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
struct Sections(Map<String, Value>);

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// What stands beside the sections: where what is set comes from.
const SOURCES: &str = "sources";

/// Read the configuration, without its secrets but for the registration token.
///
/// `sources` tells where each setting that somebody made comes from: `file`, with the environment, or
/// `api`. All servers on one database have those in common; everything else is this server's own.
#[utoipa::path(get, path = "/api/admin/config", tag = "admin")]
async fn get_config(caller: AdminCaller) -> Result<Json<Sections>> {
    let mut sections = read_config(&caller.app).await?;
    sections.insert(SOURCES.to_owned(), json!(caller.app.settings.sources().await));
    Ok(Json(Sections(sections)))
}

/// The configuration as it is now and as it is shown.
///
/// # Errors
/// When the database fails.
pub async fn read_config(app: &App) -> Result<Map<String, Value>> {
    app.look_now().await?;
    Ok(shown(&app.config()))
}

/// The configuration as it is shown.
fn shown(config: &Config) -> Map<String, Value> {
    let tree = serde_json::to_value(config).unwrap_or_default();
    let mut sections = tree.as_object().cloned().unwrap_or_default();
    sections.remove("setup");
    if let Some(Value::Object(admin)) = sections.get_mut("admin") {
        admin.insert("password".to_owned(), json!(HIDDEN));
    }
    if let Some(Value::Object(webhooks)) = sections.get_mut("webhooks")
        && !config.webhooks.secret.is_empty()
    {
        webhooks.insert("secret".to_owned(), json!(HIDDEN));
    }
    if let Some(Value::Object(server)) = sections.get_mut("server")
        && !config.server.metrics_token.is_empty()
    {
        server.insert("metrics_token".to_owned(), json!(HIDDEN));
    }
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
    sections
}

/// The sections that may be changed while the server runs.
const CHANGEABLE: &[&str] =
    &["project", "agent", "limits", "notification", "webhooks", "webui", "workspace", "server"];

/// Whether a key of the configuration may be changed while the server runs.
pub fn may_change(section: &str, key: &str) -> bool {
    CHANGEABLE.contains(&section) && is_shared(section, key)
}

/// The answer to a change of the configuration.
#[derive(Serialize, ToSchema)]
struct ConfigChanged {
    /// That it worked.
    message: String,
    /// The sections that were named and may be changed.
    updated_keys: Vec<String>,
}

/// Change the configuration.
///
/// A shallow merge per section; of `server` only `external_url`. What was read can be sent back:
/// what is as it was shown is left alone. Another value of what only the file can change is refused,
/// as is a section or a key that there is none of.
#[utoipa::path(put, path = "/api/admin/config", tag = "admin")]
async fn change_config(
    caller: AdminCaller,
    Body(Sections(mut body)): Body<Sections>,
) -> Result<Json<ConfigChanged>> {
    // What was read can be sent back.
    body.remove(SOURCES);
    let updated_keys = write_config(&caller.app, body).await?;
    Ok(Json(ConfigChanged { message: "saved".to_owned(), updated_keys }))
}

/// Changes what is another value than is shown. Answers the sections that were named and may be changed.
///
/// # Errors
/// When a name or a value does not fit, or the database fails.
pub async fn write_config(app: &App, body: Map<String, Value>) -> Result<Vec<String>> {
    app.look_now().await?;
    let before = app.config();
    let Wanted { sections, changes } = Wanted::read(body, &shown(&before))?;
    if !changes.is_empty() {
        let after = merged(&before, &changes)?;
        app.change(Change(after.unlike(&before))).await?;
    }
    Ok(sections)
}

/// What a body asks for.
struct Wanted {
    /// The sections it names that may be changed.
    sections: Vec<String>,
    /// What is to be another than it is, by section.
    changes: Map<String, Value>,
}

impl Wanted {
    /// Compares what was sent with what is shown, once every name in it is known.
    fn read(body: Map<String, Value>, shown: &Map<String, Value>) -> Result<Self> {
        must_be_known(&body, shown)?;
        let (mut sections, mut changes) = (Vec::new(), Map::new());
        for (section, keys) in body {
            let Value::Object(mut keys) = keys else {
                if keys.is_null() {
                    continue;
                }
                return Err(Refusal::bad_value(&section, "must be an object").into());
            };
            if keys.keys().any(|key| may_change(&section, key)) {
                sections.push(section.clone());
            }
            let now = shown.get(&section);
            keys.retain(|key, value| now.and_then(|now| now.get(key)) != Some(value));
            if let Some(key) = keys.keys().find(|key| !may_change(&section, key)) {
                return Err(
                    Refusal::bad_value(&format!("{section}.{key}"), not_here(&section)).into()
                );
            }
            if keys.get("registration_token").and_then(Value::as_str).is_some_and(is_known_token) {
                return Err(known_token().into());
            }
            if !keys.is_empty() {
                changes.insert(section, keys.into());
            }
        }
        if sections.is_empty() {
            return Err(Refusal::bad_value("config", "nothing to change was given").into());
        }
        Ok(Self { sections, changes })
    }
}

/// Where a key is changed that is not changed here.
fn not_here(section: &str) -> &'static str {
    match section {
        "admin" => "is changed by PUT /api/admin/config/password",
        "webui" => "this server has no use for it",
        _ => "is changed in config.yaml, and is in force after a restart",
    }
}

/// How many unknown names are listed, and how much of each.
const MAX_NAMED: usize = 10;
const MAX_NAME_CHARS: usize = 100;

/// Whether all names in a body are those of sections and keys that are shown.
fn must_be_known(body: &Map<String, Value>, shown: &Map<String, Value>) -> Result<()> {
    let name = |name: &str| quoted(&clip(name, MAX_NAME_CHARS));
    let unknown: Vec<&String> =
        body.keys().filter(|section| !shown.contains_key(*section)).collect();
    if let Some(first) = unknown.first() {
        let named = listed(unknown.iter().map(|section| name(section)));
        let there = CHANGEABLE.join(", ");
        let problem = format!("no section that can be changed: {named}; there are {there}");
        let at = vec!["body".into(), clip(first, MAX_NAME_CHARS).into()];
        return Err(Error::field("value_error", at, problem));
    }
    for (section, keys) in body {
        let (Some(keys), ours) = (keys.as_object(), known_keys(section)) else { continue };
        let is_shown = |key: &str| shown.get(section).is_some_and(|keys| keys.get(key).is_some());
        let unknown: Vec<&String> =
            keys.keys().filter(|key| !ours.contains(key) && !is_shown(key)).collect();
        if let Some(first) = unknown.first() {
            let named = listed(unknown.iter().map(|key| format!("{section}.{}", name(key))));
            let problem = format!("{section} has no such key: {named}; it has {}", ours.join(", "));
            let first = clip(first, MAX_NAME_CHARS);
            let at = vec!["body".into(), section.as_str().into(), first.into()];
            return Err(Error::field("value_error", at, problem));
        }
    }
    Ok(())
}

/// The first of these names, and how many more there are.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMED);
    let some = names.take(MAX_NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { some } else { format!("{some} and {more} more") }
}

/// A registration token that would let everybody in.
pub(in crate::http) fn known_token() -> Refusal {
    Refusal::bad_value(
        "registration_token",
        "is that of the original's example, which everybody knows",
    )
}

/// The configuration with these in it, if they fit.
fn merged(config: &Config, changes: &Map<String, Value>) -> Result<Config> {
    let mut tree = serde_json::to_value(config).unwrap_or_default();
    let mut changed = config.clone();
    for (section, keys) in changes {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let Some(Value::Object(slot)) = tree.get_mut(section) else { continue };
            slot.insert(key.clone(), value.clone());
            // After each, so that the one that does not fit is named. Nothing is not its default.
            let read = if value.is_null() {
                Err("must not be null".to_owned())
            } else {
                serde_json::from_value(tree.clone()).map_err(|error| error.to_string())
            };
            changed = read.map_err(|problem| {
                let at = vec!["body".into(), section.as_str().into(), key.as_str().into()];
                Error::field("value_error", at, format!("{section}.{key}: {problem}"))
            })?;
        }
    }
    let changed = changed
        .checked()
        .map_err(|problem| Error::field("value_error", vec!["body".into()], problem))?;
    if let Some(unfit) = changed.newly_unfit(config) {
        let at = vec!["body".into(), unfit.section.into(), unfit.key.into()];
        return Err(Error::field("value_error", at, unfit.problem));
    }
    Ok(changed)
}
