//! The parts that pages are made of.

use maud::{Markup, html};
use moss_api::{OrUnknown, Page, SubTaskStatus, TaskStatus, Timestamp, Vocabulary, visible};

use crate::domain::queries::admin::health::Health;
use crate::web::language::Words;
use crate::web::list::Asked;
use crate::web::viewer::Viewer;

/// A status by shape, word and colour: whoever sees no colours has the other two.
pub fn sub_task_status(words: &Words, status: &OrUnknown<SubTaskStatus>) -> Markup {
    let shape = match status.get() {
        Some(SubTaskStatus::Pending) => "○",
        Some(SubTaskStatus::Assigned) => "◔",
        Some(SubTaskStatus::InProgress) => "◑",
        Some(SubTaskStatus::Review) => "◇",
        Some(SubTaskStatus::Rework) => "↻",
        Some(SubTaskStatus::Blocked) => "■",
        Some(SubTaskStatus::Done) => "✓",
        Some(SubTaskStatus::Cancelled) => "✕",
        None => "·",
    };
    status_of(words, shape, &status.word())
}

/// The same of a task.
pub fn task_status(words: &Words, status: &OrUnknown<TaskStatus>) -> Markup {
    let shape = match status.get() {
        Some(TaskStatus::Planning) => "○",
        Some(TaskStatus::Active | TaskStatus::InProgress) => "◑",
        Some(TaskStatus::Completed) => "✓",
        Some(TaskStatus::Archived) => "◇",
        Some(TaskStatus::Cancelled) => "✕",
        None => "·",
    };
    status_of(words, shape, &status.word())
}

/// A word of the wire by shape and colour.
pub fn status_of(words: &Words, shape: &str, word: &str) -> Markup {
    html! {
        span class={ "status status-" (word) } {
            span class="shape" aria-hidden="true" { (shape) }
            " " (words.term(word))
        }
    }
}

/// How an agent does, in the same way.
pub fn health(words: &Words, health: Health) -> Markup {
    let (shape, class, said) = match health {
        Health::Out => ("✕", "cancelled", words.health_out),
        Health::Never => ("○", "pending", words.health_never),
        Health::NoRhythm => ("·", "pending", words.health_no_rhythm),
        Health::Working => ("◑", "in_progress", words.health_working),
        Health::OnTime => ("✓", "done", words.health_on_time),
        Health::Late => ("↻", "rework", words.health_late),
        Health::Missing => ("■", "blocked", words.health_missing),
    };
    html! {
        span class={ "status status-" (class) } {
            span class="shape" aria-hidden="true" { (shape) }
            " " (said)
        }
    }
}

/// A time: by the viewer's clock, and exactly for whoever asks.
pub fn time(viewer: &Viewer, at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at) { (viewer.clock(at)) } }
}

/// The same, when there may be none.
pub fn time_or_none(viewer: &Viewer, at: Option<Timestamp>) -> Markup {
    match at {
        Some(at) => time(viewer, at),
        None => html! { (viewer.words.none) },
    }
}

/// A person's or an agent's text, as it was written: line breaks stay, nothing in it is markup, and what
/// nobody would see, or would turn the order of reading, is written as its number.
pub fn text(text: &str) -> Markup {
    html! { div class="prose" dir="auto" { (visible::text(text)) } }
}

/// A text under its heading; nothing where it says nothing.
pub fn section(heading: &str, said: &str) -> Markup {
    html! {
        @if !said.trim().is_empty() {
            h2 { (heading) }
            (text(said))
        }
    }
}

/// A link to something that has a name, when it is known; its id otherwise.
pub fn link(viewer: &Viewer, folder: &str, id: Option<&str>, name: Option<&str>) -> Markup {
    html! {
        @match id {
            Some(id) => a href={ "/" (folder) "/" (id) } { bdi { (name.unwrap_or(id)) } },
            None => (viewer.words.none),
        }
    }
}

/// Rows under their headings; on a narrow screen each row is a card that names its cells.
pub fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<Markup>>) -> Markup {
    html! {
        table {
            thead { tr { @for name in headings { th scope="col" { (name) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (name, cell) in headings.iter().zip(row) {
                            td data-name=(name) { div { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// A list with its pages, or why it is empty.
pub fn listed<T>(
    viewer: &Viewer,
    asked: &Asked,
    page: &Page<T>,
    headings: &[&str],
    row: impl Fn(&T) -> Vec<Markup>,
) -> Markup {
    let words = viewer.words;
    html! {
        @if page.items.is_empty() {
            p class="empty" {
                @if asked.is_filtered() {
                    (words.nothing_fits) " " a href=(asked.path()) { (words.clear) }
                } @else {
                    (words.nothing_yet)
                }
            }
        } @else {
            (table(headings, page.items.iter().map(row)))
        }
        @if page.total_pages > 1 {
            nav class="pager" aria-label=(words.more_rows) {
                @if page.page > 1 {
                    a href=(asked.link(page.page - 1)) rel="prev" { "‹ " (words.earlier) }
                }
                span { (page.page) " / " (page.total_pages) " (" (page.total) ")" }
                @if page.has_more {
                    a href=(asked.link(page.page + 1)) rel="next" { (words.later) " ›" }
                }
            }
        }
    }
}

/// A filter by the words of a vocabulary.
pub struct Choice<'a> {
    name: &'a str,
    label: &'a str,
    words: Vec<&'a str>,
}

impl<'a> Choice<'a> {
    /// By every word of a vocabulary.
    pub fn of<T: Vocabulary>(name: &'a str, label: &'a str) -> Self {
        Self { name, label, words: T::all_words().collect() }
    }
}

/// The filters of a list: a word to look for, and choices.
pub fn filters(viewer: &Viewer, asked: &Asked, choices: &[Choice<'_>]) -> Markup {
    let words = viewer.words;
    html! {
        form class="filter" method="get" action=(asked.path()) role="search" {
            label {
                span { (words.search) }
                input name="q" type="search" value=(asked.get("q").unwrap_or_default());
            }
            @for choice in choices {
                label {
                    span { (choice.label) }
                    select name=(choice.name) {
                        option value="" { (words.all) }
                        @for word in &choice.words {
                            option value=(word) selected[asked.get(choice.name) == Some(*word)] {
                                (words.term(word))
                            }
                        }
                    }
                }
            }
            button { (words.filter) }
        }
    }
}

/// How much of something is done.
pub fn progress(label: &str, done: i64, all: i64) -> Markup {
    html! {
        @if all > 0 {
            progress aria-label=(label) max=(all) value=(done) {}
            " " (done) " / " (all)
        }
    }
}

/// A field of a form, under its label.
pub fn field(label: &str, input: Markup) -> Markup {
    html! { label { span { (label) } (input) } }
}
