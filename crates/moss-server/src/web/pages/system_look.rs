//! `/system/look`: every part of the pages in every state, for whoever changes how they look.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::html;
use moss_api::{ErrorCode, SubTaskStatus, TaskStatus};

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::queries::admin::health::Health;
use crate::web::components::{
    self, Choice, field, filters, progress, section, sub_task_status, table, task_status, text,
};
use crate::web::failure::Failure;
use crate::web::forms::{confirmed, form};
use crate::web::layout;
use crate::web::list::Asked;
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/system/look", get(look))
}

async fn look(person: Person, asked: Asked) -> Response {
    let (viewer, words, session) = (&person.viewer, person.viewer.words, &person.session);
    let refusal = Refusal::new(ErrorCode::IllegalTransition, "cannot cancel it: it is done");
    let failures = [
        Failure::from(refusal.hint("look at it again")),
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, words.database_silent),
    ];
    let long = "Donaudampfschifffahrtsgesellschaft".repeat(4);
    let headings = [words.column_name, words.column_status, words.column_progress];
    let choice = Choice::of::<SubTaskStatus>("status", words.column_status);
    let body = html! {
        h2 { (words.column_status) }
        @for status in SubTaskStatus::ALL { p { (sub_task_status(words, &(*status).into())) } }
        @for health in Health::ALL { p { (components::health(words, health)) } }
        @for status in TaskStatus::ALL { p { (task_status(words, &(*status).into())) } }
        h2 { (words.filter) }
        (filters(viewer, &asked, &[choice]))
        (table(&headings, [0, 1, 3].map(|done| vec![
            html! { a href="/system/look" { bdi { (if done == 1 { long.as_str() } else { "面包" }) } } },
            sub_task_status(words, &SubTaskStatus::Review.into()),
            progress(words.column_progress, done, 3),
        ])))
        @for failure in &failures { (layout::told(failure)) }
        p class="said" role="status" { (words.done) }
        p class="empty" { (words.nothing_yet) }
        (section(words.description, "One line\n\tand another, <b>as it was written</b>"))
        (text(&long))
        (form(session, "/system/look", html! {
            (field(words.column_name, html! { input name="name" value="AI-Wu"; }))
            (field(words.description, html! { textarea name="text" rows="3" {} }))
            button type="button" { (words.save) }
            button type="button" class="bad" { (words.remove) }
            button type="button" disabled { (words.save) }
        }))
        (confirmed(words.cancel, words.cancel_task_means, html! {
            button type="button" class="bad" { (words.cancel) }
        }))
        pre class="once" tabindex="0" { "moss register --server http://127.0.0.1:6565" }
    };
    layout::page(&person, None, words.theme, body)
}
