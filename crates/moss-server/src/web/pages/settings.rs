//! `/settings`: everything the configuration holds. What every server on the database has in common is
//! changed here; the rest is told, with where it is changed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::ErrorCode;
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::Refusal;
use crate::http::{ChangePassword, exchange_password, may_change, read_config, write_config};
use crate::web::components::field;
use crate::web::failure::Failure;
use crate::web::forms::{Sent, done, form};
use crate::web::layout::{self, Place};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings", get(settings))
        .route("/settings/{section}", post(change))
        .route("/password", post(change_password))
}

async fn settings(State(app): State<Arc<App>>, person: Person) -> Response {
    let words = person.viewer.words;
    match read_config(&app).await {
        Ok(sections) => {
            layout::page(&person, Some(Place::Settings), words.settings, shown(&person, &sections))
        }
        Err(error) => layout::failed(&person.viewer, &Failure::of_answer(error, words)),
    }
}

fn shown(person: &Person, sections: &Map<String, Value>) -> Markup {
    let words = person.viewer.words;
    html! {
        @for (section, keys) in sections {
            @let keys = keys.as_object().into_iter().flatten();
            @let (ours, files): (Vec<_>, Vec<_>) = keys.partition(|(key, _)| may_change(section, key));
            h2 { (section) }
            @if !ours.is_empty() {
                (form(&person.session, &format!("/settings/{section}"), html! {
                    @for (key, value) in ours { (field(key, input(key, value))) }
                    button { (words.save) }
                }))
            }
            @if !files.is_empty() {
                p class="faint" { (words.only_in_file) }
                dl {
                    @for (key, value) in files { dt { (key) } dd { code { (written(value)) } } }
                }
            }
        }
        h2 { (words.password_change) }
        p class="faint" { (words.password_means) }
        (form(&person.session, "/password", html! {
            (field(words.password_old, html! {
                input name="old_password" type="password" autocomplete="current-password" required;
            }))
            (field(words.password_new, html! {
                input name="new_password" type="password" autocomplete="new-password" minlength="8" required;
            }))
            button { (words.password_change) }
        }))
    }
}

/// A field for a value: text as it is, everything else as JSON.
fn input(name: &str, value: &Value) -> Markup {
    match value {
        Value::Bool(is) => html! {
            select name=(name) {
                @for word in ["true", "false"] {
                    option value=(word) selected[is.to_string() == word] { (word) }
                }
            }
        },
        Value::Number(number) => html! { input name=(name) type="number" value=(number); },
        Value::String(text) => html! { input name=(name) value=(text) autocomplete="off"; },
        Value::Array(_) | Value::Object(_) | Value::Null => html! {
            textarea name=(name) class="code" rows="3" { "\n" (written(value)) }
        },
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            value.to_string()
        }
    }
}

async fn change(
    State(app): State<Arc<App>>,
    Path(section): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let words = sent.person.viewer.words;
    let refused = |error| sent.refused(&Failure::of_answer(error, words));
    let now = read_config(&app).await.map_err(refused)?;
    let mut keys = Map::new();
    for (key, text) in sent.fields.iter() {
        let is_text = now.get(&section).and_then(|its| its.get(key)).is_some_and(Value::is_string);
        let value = if is_text { Ok(Value::from(text)) } else { serde_json::from_str(text) };
        let value = value.map_err(|problem| {
            let detail = format!("{section}.{key}: {problem}");
            sent.refused(&Refusal::new(ErrorCode::Invalid, detail).into())
        })?;
        keys.insert(key.to_owned(), value);
    }
    let body = Map::from_iter([(section, Value::from(keys))]);
    write_config(&app, body).await.map_err(refused)?;
    Ok(done("/settings"))
}

async fn change_password(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let passwords: ChangePassword = sent.read()?;
    let changed = exchange_password(&app, &sent.person.session.hash, passwords).await;
    changed.map_err(|error| sent.refused(&Failure::of_answer(error, sent.person.viewer.words)))?;
    Ok(Redirect::to("/login").into_response())
}
