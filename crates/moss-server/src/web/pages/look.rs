//! `/look`: language, theme, time zone and whether keys work are kept in cookies, which are no secret.

use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::app::App;
use crate::web::language;
use crate::web::pages::here_only;
use crate::web::viewer::{KEYS, KEYS_COOKIE, LANGUAGE_COOKIE, THEME_COOKIE, Theme, ZONE_COOKIE};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/look", get(keep))
}

/// How long a browser keeps it, in seconds: a year.
const KEPT: u32 = 365 * 24 * 60 * 60;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Look {
    language: String,
    theme: String,
    zone: String,
    keys: String,
    to: String,
}

async fn keep(Query(look): Query<Look>) -> Response {
    // Only words that there are get into a cookie.
    let language = language::ALL.into_iter().find(|words| words.code == look.language);
    let theme = Theme::ALL.into_iter().find(|theme| theme.word() == look.theme);
    let zone = TimeZone::get(&look.zone).ok();
    let keys = KEYS.into_iter().find(|word| *word == look.keys);
    let cookie = |name: &str, word: &str| {
        (SET_COOKIE, format!("{name}={word}; Path=/; SameSite=Lax; Max-Age={KEPT}"))
    };
    let cookies: Vec<_> = [
        language.map(|words| cookie(LANGUAGE_COOKIE, words.code)),
        theme.map(|theme| cookie(THEME_COOKIE, theme.word())),
        keys.map(|word| cookie(KEYS_COOKIE, word)),
        zone.as_ref().and_then(TimeZone::iana_name).map(|name| cookie(ZONE_COOKIE, name)),
    ]
    .into_iter()
    .flatten()
    .collect();
    (AppendHeaders(cookies), Redirect::to(here_only(&look.to))).into_response()
}
