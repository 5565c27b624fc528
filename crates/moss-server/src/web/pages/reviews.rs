//! `/reviews` and `/reviews/ID`: every verdict, and what it says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use moss_api::admin::AdminReview;
use moss_api::{Page, Verdict};

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::reviews::{self, Which};
use crate::domain::queries::{Db, Sort};
use crate::web::components::{Choice, filters, link, listed, section, status_of, table, time};
use crate::web::export;
use crate::web::language::Words;
use crate::web::layout::{self, Place};
use crate::web::list::{Asked, FORMAT};
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/reviews", get(list)).route("/reviews/{id}", get(one))
}

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let which = Which {
        task_id: asked.text("task"),
        sub_task_id: asked.text("sub_task"),
        reviewer: asked.text("agent"),
        result: asked.word("result"),
        word: asked.text("q"),
        since: None,
    };
    if let Some(format) = asked.word(FORMAT) {
        let read = move |page| {
            let (app, which) = (app.clone(), which.clone());
            async move { reviews::list(app.store.read(), &which, Sort::NewestFirst, page).await }
        };
        return export::download(&person, Place::Reviews, format, read).await;
    }
    let found = reviews::list(app.store.read(), &which, Sort::NewestFirst, asked.page()).await;
    let result = Choice::of::<Verdict>("result", words.column_result);
    let shown = |found: Page<AdminReview>| {
        html! {
            (filters(viewer, &asked, &[result]))
            (listed(viewer, &asked, &found, &headings(words), |row| cells(viewer, row)))
            (export::links(viewer, &asked))
        }
    };
    layout::found(&person, Place::Reviews, found.map(|found| (words.reviews, shown(found))))
}

fn headings(words: &Words) -> [&'static str; 6] {
    [
        words.column_when,
        words.column_result,
        words.column_score,
        words.column_sub_task,
        words.column_who,
        words.column_round,
    ]
}

fn cells(viewer: &Viewer, row: &AdminReview) -> Vec<Markup> {
    vec![
        html! { a href={ "/reviews/" (row.id) } { (time(viewer, row.created_at)) } },
        verdict(viewer.words, row),
        html! { (row.score) },
        link(viewer, "sub-tasks", Some(&row.sub_task_id), row.sub_task_name.as_deref()),
        link(viewer, "agents", Some(&row.reviewer_agent), row.reviewer_agent_name.as_deref()),
        html! { (row.round) },
    ]
}

fn verdict(words: &Words, row: &AdminReview) -> Markup {
    let shape = if row.result == Verdict::Approved { "✓" } else { "↻" };
    status_of(words, shape, &row.result.word())
}

/// Reviews as rows.
pub(super) fn rows(viewer: &Viewer, rows: &[AdminReview]) -> Markup {
    table(&headings(viewer.words), rows.iter().map(|row| cells(viewer, row)))
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    layout::found(&person, Place::Reviews, in_full(app.store.read(), &person, &id).await)
}

async fn in_full(db: &Db, person: &Person, id: &str) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = reviews::one(db, id).await?;
    let row = &found.row;
    let body = html! {
        dl {
            dt { (words.column_result) } dd { (verdict(words, row)) }
            dt { (words.column_score) } dd { (row.score) " / 5" }
            dt { (words.column_round) } dd { (row.round) }
            dt { (words.column_sub_task) }
            dd { (link(viewer, "sub-tasks", Some(&row.sub_task_id), row.sub_task_name.as_deref())) }
            dt { (words.column_task) }
            dd { (link(viewer, "tasks", row.task_id.as_deref(), row.task_name.as_deref())) }
            dt { (words.column_who) }
            dd { (link(viewer, "agents", Some(&row.reviewer_agent), row.reviewer_agent_name.as_deref())) }
            dt { (words.column_when) } dd { (time(viewer, row.created_at)) }
        }
        (section(words.comment, &row.comment))
        (section(words.issues, &row.issues))
        @for (heading, said) in [
            (words.description, &found.sub_task_description),
            (words.deliverable, &found.sub_task_deliverable),
            (words.acceptance, &found.sub_task_acceptance),
        ] {
            (section(heading, said.as_deref().unwrap_or_default()))
        }
    };
    let name = row.sub_task_name.as_deref().unwrap_or(&row.sub_task_id);
    Ok((format!("{name} #{}", row.round), body))
}
