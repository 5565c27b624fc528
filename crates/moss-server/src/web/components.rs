//! The parts that pages are made of.

use maud::{Markup, html};
use moss_api::{OrUnknown, Page, SubTaskStatus, TaskStatus, Timestamp};

use crate::web::viewer::Viewer;

/// A status by shape, word and colour: whoever sees no colours has the other two.
pub fn sub_task_status(status: &OrUnknown<SubTaskStatus>) -> Markup {
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
    status_of(shape, &status.word())
}

/// The same of a task.
pub fn task_status(status: &OrUnknown<TaskStatus>) -> Markup {
    let shape = match status.get() {
        Some(TaskStatus::Planning) => "○",
        Some(TaskStatus::Active | TaskStatus::InProgress) => "◑",
        Some(TaskStatus::Completed) => "✓",
        Some(TaskStatus::Archived) => "◇",
        Some(TaskStatus::Cancelled) => "✕",
        None => "·",
    };
    status_of(shape, &status.word())
}

fn status_of(shape: &str, word: &str) -> Markup {
    html! {
        span class={ "status status-" (word) } {
            span class="shape" aria-hidden="true" { (shape) }
            " " (word.replace('_', " "))
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

/// A person's or an agent's text, as it was written: line breaks stay, nothing in it is markup.
pub fn text(text: &str) -> Markup {
    html! { div class="prose" { (text) } }
}

/// The links to the pages before and after; none where there is one page.
pub fn pager<T>(viewer: &Viewer, page: &Page<T>, link: impl Fn(i64) -> String) -> Markup {
    html! {
        @if page.total_pages > 1 {
            nav class="pager" {
                @if page.page > 1 {
                    a href=(link(page.page - 1)) rel="prev" { "‹ " (viewer.words.earlier) }
                }
                span { (page.page) " / " (page.total_pages) }
                @if page.has_more {
                    a href=(link(page.page + 1)) rel="next" { (viewer.words.later) " ›" }
                }
            }
        }
    }
}

/// Why a list is empty: there is nothing yet, or nothing that fits.
pub fn empty(viewer: &Viewer, is_filtered: bool, path: &str) -> Markup {
    html! {
        p class="empty" {
            @if is_filtered {
                (viewer.words.nothing_fits) " " a href=(path) { (viewer.words.clear) }
            } @else {
                (viewer.words.nothing_yet)
            }
        }
    }
}

/// How much of something is done.
pub fn progress(done: i64, all: i64) -> Markup {
    html! {
        @if all > 0 {
            progress max=(all) value=(done) {}
            " " (done) " / " (all)
        }
    }
}
