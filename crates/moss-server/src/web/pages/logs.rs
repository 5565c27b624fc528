//! `/logs`: what agents wrote down.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::html;
use moss_api::admin::AdminLog;
use moss_api::{LogAction, Page};

use crate::app::App;
use crate::domain::queries::Sort;
use crate::domain::queries::admin::logs::{self, Which};
use crate::web::components::{Choice, filters, link, listed, text, time};
use crate::web::export;
use crate::web::layout::{self, Place};
use crate::web::list::{Asked, FORMAT};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/logs", get(list))
}

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let which = Which {
        agent_id: asked.text("agent"),
        sub_task_id: asked.text("sub_task"),
        action: asked.word::<LogAction>("action").map(|action| action.to_string()),
        word: asked.text("q"),
        since: None,
    };
    if let Some(format) = asked.word(FORMAT) {
        let read = move |page| {
            let (app, which) = (app.clone(), which.clone());
            async move { logs::list(app.store.read(), &which, Sort::NewestFirst, page).await }
        };
        return export::download(&person, Place::Logs, format, read).await;
    }
    let found = logs::list(app.store.read(), &which, Sort::NewestFirst, asked.page()).await;
    let action = Choice::of::<LogAction>("action", words.column_kind);
    let headings = [
        words.column_when,
        words.column_who,
        words.column_kind,
        words.column_what,
        words.column_sub_task,
    ];
    let shown = |found: Page<AdminLog>| {
        html! {
        (filters(viewer, &asked, &[action]))
        (listed(viewer, &asked, &found, &headings, |row| vec![
            html! { span id={ "log-" (row.id) } { (time(viewer, row.created_at)) } },
            html! {
                (link(viewer, "agents", Some(&row.agent_id), row.agent_name.as_deref()))
                @if let Some(by) = &row.acted_by { " (" (by) ")" }
            },
            html! { (words.term(&row.action.word())) },
            text(&row.summary),
            link(viewer, "sub-tasks", row.sub_task_id.as_deref(), None),
        ]))
        (export::links(viewer, &asked))
            }
    };
    layout::found(&person, Place::Logs, found.map(|found| (words.logs, shown(found))))
}
