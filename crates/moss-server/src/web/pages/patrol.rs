//! `/patrol`: what is amiss, and what becomes of it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::text::Text;
use moss_api::{Anomaly, AnomalyKind, AnomalyState, Page, SubjectKind};
use serde::Deserialize;

use crate::app::App;
use crate::domain::Actor;
use crate::domain::patrol::records::{Filter, Judge, Records};
use crate::web::components::{Choice, field, filters, link, listed, text, time};
use crate::web::forms::{Sent, form};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/patrol", get(list)).route("/patrol/{id}", post(judge))
}

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let filter =
        Filter { state: asked.text("state"), kind: asked.text("type"), ..Filter::default() };
    let found = Records { filter, page: asked.page() }.run(app.store.read()).await;
    let choices = [
        Choice::of::<AnomalyState>("state", words.column_status),
        Choice::of::<AnomalyKind>("type", words.column_kind),
    ];
    let headings = [
        words.column_kind,
        words.column_what,
        words.column_reason,
        words.column_since,
        words.column_status,
        words.column_action,
    ];
    let shown = |found: Page<Anomaly>| {
        html! {
        (filters(viewer, &asked, &choices))
        (listed(viewer, &asked, &found, &headings, |row| vec![
            html! { (words.term(&row.kind.word())) br; span class="faint" { (words.term(&row.severity.word())) } },
            subject(&person, row),
            html! {
                (text(&row.detail))
                @if let Some(note) = &row.note { (text(note)) }
            },
            time(viewer, row.opened),
            html! { (words.term(&row.state.word())) },
            acts(&person, row),
        ]))
            }
    };
    layout::found(&person, Place::Patrol, found.map(|found| (words.patrol, shown(found))))
}

fn subject(person: &Person, row: &Anomaly) -> Markup {
    let folder = match row.subject_kind.get() {
        Some(SubjectKind::SubTask) => Some("sub-tasks"),
        Some(SubjectKind::Agent) => Some("agents"),
        Some(SubjectKind::Task) => Some("tasks"),
        Some(SubjectKind::Team) | None => None,
    };
    let name = Some(row.subject_name.as_str()).filter(|name| !name.is_empty());
    match folder {
        Some(folder) => link(&person.viewer, folder, Some(&row.subject), name),
        None => html! { (row.subject) },
    }
}

fn acts(person: &Person, row: &Anomaly) -> Markup {
    let words = person.viewer.words;
    let Some(id) = row.id.as_ref().filter(|_| row.state != AnomalyState::Resolved) else {
        return html! {};
    };
    form(
        &person.session,
        &format!("/patrol/{id}"),
        html! {
            (field(words.reason, html! { input name="note"; }))
            button name="state" value=(AnomalyState::Ignored) { (words.ignore) }
            " "
            button name="state" value=(AnomalyState::Resolved) { (words.resolve) }
        },
    )
}

#[derive(Deserialize)]
struct Judgement {
    state: AnomalyState,
    #[serde(default)]
    note: Text,
}

async fn judge(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let given: Judgement = sent.read()?;
    let judge = Judge {
        actor: Actor::person(),
        id,
        state: given.state,
        note: given.note.into_inner(),
        until: None,
    };
    sent.carry_out(&app, judge, "/patrol").await
}
