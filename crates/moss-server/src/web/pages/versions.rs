//! What every text that has versions is shown with: what changed, each version, and the way back.

use maud::{Markup, html};
use moss_api::admin::{VersionInFull, VersionInShort};
use moss_api::visible;
use serde::Deserialize;

use crate::web::components::{table, time};
use crate::web::forms::form;
use crate::web::language::Words;
use crate::web::person::Person;

/// The version to go back to.
#[derive(Deserialize)]
pub struct GoBack {
    /// Its number.
    pub number: i64,
}

/// The versions of a text, and the way back to each.
pub fn versions_of(person: &Person, all: &[VersionInShort], newest: i64, restore: &str) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let headings = [
        words.versions,
        words.column_when,
        words.column_who,
        words.what_changed,
        words.column_action,
    ];
    html! {
        h2 { (words.versions) }
        (table(&headings, all.iter().map(|it| vec![
            html! { a href={ "?version=" (it.number) } { (it.number) } },
            time(viewer, it.at),
            html! { (it.author) },
            html! { "+" (it.lines_added) " −" (it.lines_removed) },
            html! {
                @if it.number == newest {
                    (words.newest)
                } @else if !it.is_deletion {
                    (form(&person.session, restore, html! {
                        input type="hidden" name="number" value=(it.number);
                        button { (words.restore) }
                    }))
                }
            },
        ])))
    }
}

/// What changed from one version to another: lines by sign and colour.
pub fn diff(words: &Words, version: &VersionInFull) -> Markup {
    html! {
        h2 { (words.what_changed) ": " (version.against) " → " (version.version.number) }
        pre class="diff" tabindex="0" {
            @for line in visible::text(&version.diff).lines() {
                @match line.as_bytes().first() {
                    Some(b'+') => ins { (line) },
                    Some(b'-') => del { (line) },
                    _ => span { (line) },
                }
                "\n"
            }
        }
    }
}
