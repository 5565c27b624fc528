//! `/feed`: which agent asked what, newest first. For everybody while it is public, and then without a
//! button or a link; never with what was said.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use moss_api::admin::FeedRequest;

use crate::app::App;
use crate::domain::queries::admin::feed;
use crate::web::components::{link, table, time};
use crate::web::failure::Failure;
use crate::web::layout::{self, Place};
use crate::web::person::{Person, to_sign_in};
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/feed", get(show))
}

/// Requests that are shown.
const SHOWN: u64 = 100;

async fn show(State(app): State<Arc<App>>, viewer: Viewer, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let person = match Person::signed_in(&parts, &app, viewer.clone()).await {
        Ok(person) => person,
        Err(failed) => return failed,
    };
    if person.is_none() && !app.read_config(|config| config.webui.public_feed) {
        return to_sign_in(&viewer);
    }
    let found = feed::newest(app.store.read(), None, None, SHOWN).await;
    let words = viewer.words;
    match (person, found) {
        (Some(person), found) => {
            let found = found.map(|rows| (words.feed, shown(&viewer, &rows, true)));
            layout::found(&person, Place::Feed, found)
        }
        (None, Ok(rows)) => {
            layout::plain(&viewer, words.feed, shown(&viewer, &rows, false)).into_response()
        }
        (None, Err(error)) => layout::failed(&viewer, &Failure::of(error, words)),
    }
}

fn shown(viewer: &Viewer, rows: &[FeedRequest], has_links: bool) -> Markup {
    let words = viewer.words;
    let headings = [words.column_when, words.column_who, words.column_role, words.column_what];
    if rows.is_empty() {
        return html! { p class="empty" { (words.nothing_yet) } };
    }
    table(
        &headings,
        rows.iter().map(|row| {
            vec![
                time(viewer, row.timestamp),
                if has_links {
                    link(viewer, "agents", Some(&row.agent_id), Some(&row.agent_name))
                } else {
                    html! { bdi { (row.agent_name) } }
                },
                html! { (words.term(&row.agent_role.word())) },
                html! { code { (row.method) " " (row.path) } " → " (row.response_status) },
            ]
        }),
    )
}
