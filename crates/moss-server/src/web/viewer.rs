//! How somebody wants to see pages: language, theme and time zone, from cookies, so that the first answer
//! is in them already.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jiff::tz::TimeZone;
use moss_api::Timestamp;

use crate::app::App;
use crate::web::language::{self, EN, Words};

/// The cookies, each with one word.
pub const LANGUAGE_COOKIE: &str = "moss_language";
/// See [`Theme`].
pub const THEME_COOKIE: &str = "moss_theme";
/// A name of the time zone database.
pub const ZONE_COOKIE: &str = "moss_zone";

/// One of [`KEYS`].
pub const KEYS_COOKIE: &str = "moss_keys";
/// Whether single keys do something.
pub const KEYS: [&str; 2] = ["off", "on"];

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// What people read.
    pub const fn name(self, words: &Words) -> &'static str {
        match self {
            Self::System => words.theme_system,
            Self::Light => words.theme_light,
            Self::Dark => words.theme_dark,
        }
    }

    /// Its word in a cookie and in markup.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How somebody sees pages.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Every text there is.
    pub words: &'static Words,
    /// Light or dark.
    pub theme: Theme,
    /// Whose clock.
    pub zone: TimeZone,
    /// Whether single keys do something.
    pub has_keys: bool,
    /// The path and query that is shown, to come back to.
    pub here: String,
    /// Whether others on the way can read this page.
    pub is_in_clear: bool,
    /// Whether what a form asked for was done just now.
    pub is_done: bool,
}

impl Viewer {
    fn of(parts: &Parts) -> Self {
        let headers = &parts.headers;
        let theme = cookie(headers, THEME_COOKIE);
        let zone = cookie(headers, ZONE_COOKIE).and_then(|name| TimeZone::get(name).ok());
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Self {
            words: language_of(headers),
            theme: Theme::ALL.into_iter().find(|it| Some(it.word()) == theme).unwrap_or_default(),
            zone: zone.unwrap_or(TimeZone::UTC),
            has_keys: cookie(headers, KEYS_COOKIE) != Some(KEYS[0]),
            here: here.to_owned(),
            is_in_clear: false,
            is_done: parts.uri.query().is_some_and(|query| query.contains("said=done")),
        }
    }

    /// What a field for a time says by the viewer's clock, such as `2026-03-31T09:05`; none when it is
    /// empty.
    ///
    /// # Errors
    /// When it is no time.
    pub fn instant(&self, text: &str) -> Result<Option<Timestamp>, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let local = text.parse::<jiff::civil::DateTime>().ok();
        let at = local.and_then(|local| local.to_zoned(self.zone.clone()).ok());
        let at = at.ok_or("is no time, such as 2026-03-31T09:05")?;
        Ok(Some(Timestamp::from_micros(at.timestamp().as_microsecond())))
    }

    /// A time by the viewer's clock: `2026-03-31 09:05`.
    pub fn clock(&self, at: Timestamp) -> String {
        let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// The language asked for: by a cookie, else by the browser's first wish that there is.
fn language_of(headers: &HeaderMap) -> &'static Words {
    let of = |code: &str| language::ALL.into_iter().find(|words| code.starts_with(words.code));
    let wished = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut wishes = wished.unwrap_or_default().split(',').map(str::trim);
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(of);
    chosen.or_else(|| wishes.find_map(of)).unwrap_or(&EN)
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|one| one.split_once('='));
    pairs.find(|(its, _)| its.trim() == name).map(|(_, value)| value.trim())
}

impl FromRequestParts<Arc<App>> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let is_in_clear = app.read_config(|config| config.is_in_clear() && !config.is_https());
        Ok(Self { is_in_clear, ..Self::of(parts) })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn seen(headers: &[(&str, &str)]) -> Viewer {
        let mut request = Request::get("/tasks?page=2");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Viewer::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_cookie_says_more_than_the_browser() {
        assert_eq!(seen(&[]).words.code, "en");
        assert_eq!(seen(&[("accept-language", "fr, zh-CN;q=0.9, en;q=0.8")]).words.code, "zh");
        let both =
            [("accept-language", "zh"), ("cookie", "a=b; moss_language=en; moss_theme=dark")];
        let viewer = seen(&both);
        assert_eq!((viewer.words.code, viewer.theme), ("en", Theme::Dark));
        assert_eq!(viewer.here, "/tasks?page=2");
    }

    #[test]
    fn what_is_no_wish_is_none() {
        let odd = seen(&[("cookie", "moss_theme=<b>; moss_language=xx; moss_zone=../etc")]);
        assert_eq!((odd.words.code, odd.theme), ("en", Theme::System));
        let at = Timestamp::from_micros(1_800_000_000_000_000);
        assert_eq!(odd.clock(at), "2027-01-15 08:00");
        let there = seen(&[("cookie", "moss_zone=Asia/Shanghai")]);
        assert_eq!(there.clock(at), "2027-01-15 16:00");
        assert_eq!(there.instant("2027-01-15T16:00"), Ok(Some(at)));
        assert_eq!(there.instant(" "), Ok(None));
        assert!(there.instant("soon").is_err());
    }
}
