//! The frame of every page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::domain::Error;
use crate::web::assets;
use crate::web::language::{EN, ZH};
use crate::web::person::Person;
use crate::web::viewer::{Theme, Viewer};

/// Where somebody is, for the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What waits for a person.
    Home,
    /// Tasks.
    Tasks,
    /// Sub-tasks.
    SubTasks,
    /// Agents.
    Agents,
}

/// A page for whoever is signed in.
pub fn page(person: &Person, place: Place, title: &str, body: Markup) -> Response {
    let words = person.viewer.words;
    let links = [
        (Place::Home, "/", words.needs_you),
        (Place::Tasks, "/tasks", words.tasks),
        (Place::SubTasks, "/sub-tasks", words.sub_tasks),
        (Place::Agents, "/agents", words.agents),
    ];
    let top = html! {
        nav class="main" {
            @for (its, path, name) in links {
                a href=(path) aria-current=[(its == place).then_some("page")] { (name) }
            }
        }
        form class="end" method="post" action="/logout" {
            input type="hidden" name="token" value=(person.session.form_token);
            button { (words.sign_out) }
        }
    };
    framed(&person.viewer, title, top, body).into_response()
}

/// A page for whoever is nobody yet.
pub fn plain(viewer: &Viewer, title: &str, body: Markup) -> Markup {
    framed(viewer, title, html! {}, body)
}

/// A form that is of no page of this session.
pub fn stale_form(viewer: &Viewer) -> Response {
    told(viewer, StatusCode::FORBIDDEN, viewer.words.stale_form)
}

/// Why a page is not shown.
pub fn failed(viewer: &Viewer, error: &Error) -> Response {
    match error {
        Error::Refused(refusal) => {
            let status = StatusCode::from_u16(refusal.code.status()).unwrap_or_default();
            told(viewer, status, &refusal.detail)
        }
        Error::Database(cause) => {
            tracing::error!(error = %cause, "the database failed");
            told(viewer, StatusCode::SERVICE_UNAVAILABLE, "the database does not answer just now")
        }
    }
}

fn told(viewer: &Viewer, status: StatusCode, what: &str) -> Response {
    (status, plain(viewer, what, html! { p class="failure" role="alert" { (what) } })).into_response()
}

fn framed(viewer: &Viewer, title: &str, top: Markup, body: Markup) -> Markup {
    let words = viewer.words;
    html! {
        (DOCTYPE)
        html lang=(words.code) data-theme=(viewer.theme.word()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · moss" }
                link rel="stylesheet" href=(assets::STYLE.path());
                link rel="icon" type="image/svg+xml" href=(assets::ICON.path());
            }
            body {
                a class="skip" href="#page" { (words.skip) }
                header { a class="brand" href="/" { "moss" } (top) }
                main id="page" { h1 { (title) } (body) }
                footer { (look(viewer)) }
            }
        }
    }
}

/// Language and theme, changed by a form: it works without a script.
fn look(viewer: &Viewer) -> Markup {
    let words = viewer.words;
    html! {
        form class="look" method="get" action="/look" {
            input type="hidden" name="to" value=(viewer.here);
            fieldset {
                legend { (words.look) }
                select name="language" aria-label="Language" {
                    @for its in [&EN, &ZH] {
                        option value=(its.code) selected[its.code == words.code] { (its.name) }
                    }
                }
                select name="theme" aria-label=(words.look) {
                    @for (theme, name) in Theme::ALL.into_iter().zip(words.themes) {
                        option value=(theme.word()) selected[theme == viewer.theme] { (name) }
                    }
                }
                button { (words.keep) }
            }
        }
    }
}
