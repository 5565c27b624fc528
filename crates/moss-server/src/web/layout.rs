//! The frame of every page.

use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::domain::Error;
use crate::web::assets;
use crate::web::failure::Failure;
use crate::web::forms::form;
use crate::web::language;
use crate::web::language::Words;
use crate::web::person::Person;
use crate::web::viewer::{KEYS, Theme, Viewer};

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
    /// Reviews.
    Reviews,
    /// Scores.
    Scores,
    /// The activity log.
    Logs,
    /// Which agent asked what.
    Feed,
    /// A word in everything.
    Search,
    /// Anomalies.
    Patrol,
    /// Prompts.
    Prompts,
    /// Rules.
    Rules,
    /// The dashboard in numbers.
    Numbers,
    /// Settings.
    Settings,
    /// What runs here, and how it does.
    System,
}

impl Place {
    /// Its address.
    pub const fn path(self) -> &'static str {
        self.link(&language::EN).0
    }

    /// Which key leads there, after a `g`; none for what `/` finds.
    const fn key(self) -> Option<&'static str> {
        Some(match self {
            Self::Home => "h",
            Self::Tasks => "t",
            Self::SubTasks => "s",
            Self::Agents => "a",
            Self::Reviews => "r",
            Self::Scores => "c",
            Self::Logs => "l",
            Self::Feed => "f",
            Self::Patrol => "p",
            Self::Prompts => "m",
            Self::Rules => "u",
            Self::Numbers => "n",
            Self::Settings => "e",
            Self::System => "y",
            Self::Search => return None,
        })
    }

    const fn link(self, words: &Words) -> (&'static str, &str) {
        match self {
            Self::Home => ("/", words.needs_you),
            Self::Tasks => ("/tasks", words.tasks),
            Self::SubTasks => ("/sub-tasks", words.sub_tasks),
            Self::Agents => ("/agents", words.agents),
            Self::Reviews => ("/reviews", words.reviews),
            Self::Scores => ("/scores", words.scores),
            Self::Logs => ("/logs", words.logs),
            Self::Feed => ("/feed", words.feed),
            Self::Search => ("/search", words.search),
            Self::Patrol => ("/patrol", words.patrol),
            Self::Prompts => ("/prompts", words.prompts),
            Self::Rules => ("/rules", words.rules),
            Self::Numbers => ("/dashboard", words.numbers),
            Self::Settings => ("/settings", words.settings),
            Self::System => ("/system", words.system),
        }
    }

    const ALL: [Self; 15] = [
        Self::Home,
        Self::Tasks,
        Self::SubTasks,
        Self::Agents,
        Self::Reviews,
        Self::Scores,
        Self::Logs,
        Self::Feed,
        Self::Patrol,
        Self::Prompts,
        Self::Rules,
        Self::Numbers,
        Self::Settings,
        Self::System,
        Self::Search,
    ];
}

/// A page for whoever is signed in.
pub fn page(person: &Person, place: Option<Place>, title: &str, body: Markup) -> Response {
    let words = person.viewer.words;
    let top = html! {
        nav class="main" aria-label=(words.pages) {
            @for its in Place::ALL {
                @let (path, name) = its.link(words);
                a href=(path) aria-current=[(Some(its) == place).then_some("page")] data-key=[its.key()] {
                    (name)
                }
            }
        }
        span id="live" role="status" data-now=(words.live) data-again=(words.reconnecting)
            data-new=(words.something_new) {}
        // Drafts first: what was done is told by the address, which the other makes short.
        script src=(assets::DRAFTS.path()) defer {}
        script src=(assets::LIVE.path()) defer {}
        @if person.viewer.has_keys {
            script src=(assets::KEYS.path()) defer {}
            (keys(words))
        }
        div class="end" { (form(&person.session, "/logout", html! { button { (words.sign_out) } })) }
    };
    let said = html! {
        @if person.viewer.is_done { p class="said" role="status" { (words.done) } }
    };
    framed(&person.viewer, title, top, html! { (said) (body) }).into_response()
}

/// What the keys do, shown by one of them.
fn keys(words: &Words) -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-name" {
            h2 id="keys-name" { (words.keys) }
            dl {
                dt { kbd { "j" } " " kbd { "k" } } dd { (words.key_rows) }
                dt { kbd { "/" } " " kbd { "Ctrl K" } } dd { (words.search) }
                @for place in Place::ALL {
                    @if let Some(key) = place.key() {
                        dt { kbd { "g" } " " kbd { (key) } } dd { (place.link(words).1) }
                    }
                }
            }
            form method="dialog" { button { (words.back) } }
        }
    }
}

/// The page of what was found, its title first; or why there is none.
pub fn found<T: AsRef<str>>(
    person: &Person,
    place: Place,
    found: Result<(T, Markup), Error>,
) -> Response {
    match found {
        Ok((title, body)) => page(person, Some(place), title.as_ref(), body),
        Err(error) => failed(&person.viewer, &Failure::of(error, person.viewer.words)),
    }
}

/// A page for whoever is nobody yet.
pub fn plain(viewer: &Viewer, title: &str, body: Markup) -> Markup {
    framed(viewer, title, html! {}, body)
}

/// Why a page is not shown.
pub fn failed(viewer: &Viewer, failure: &Failure) -> Response {
    let words = viewer.words;
    let body = html! {
        (told(failure))
        p { a href="/" { (words.needs_you) } }
    };
    (failure.status, plain(viewer, words.not_sent, body)).into_response()
}

/// What did not work, and what to know or do.
pub fn told(failure: &Failure) -> Markup {
    html! {
        div class="failure" role="alert" {
            p { (failure.detail) }
            @if let Some(hint) = &failure.hint { p { (hint) } }
            @if let Some(code) = &failure.code { p class="faint" { code { (code) } } }
        }
    }
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
                @if viewer.is_in_clear { p class="failure banner" { (words.in_clear) } }
                main id="page" { h1 { (title) } (body) }
                footer { (look(viewer)) }
            }
        }
    }
}

/// Language, theme and time zone, changed by a form: it works without a script.
fn look(viewer: &Viewer) -> Markup {
    let words = viewer.words;
    html! {
        form class="look" method="get" action="/look" {
            input type="hidden" name="to" value=(viewer.here);
            label {
                span { (words.language) }
                select name="language" {
                    @for its in language::ALL {
                        option value=(its.code) lang=(its.code) selected[its.code == words.code] {
                            (its.name)
                        }
                    }
                }
            }
            label {
                span { (words.theme) }
                select name="theme" {
                    @for theme in Theme::ALL {
                        option value=(theme.word()) selected[theme == viewer.theme] {
                            (theme.name(words))
                        }
                    }
                }
            }
            label {
                span { (words.keys) }
                select name="keys" {
                    @for (word, name) in KEYS.into_iter().zip([words.keys_off, words.keys_on]) {
                        option value=(word) selected[(word == KEYS[1]) == viewer.has_keys] { (name) }
                    }
                }
            }
            label {
                span { (words.zone) }
                input name="zone" value=(viewer.zone.iana_name().unwrap_or("UTC"));
            }
            button { (words.keep) }
        }
    }
}
