//! `/scores`: the ranking, and every line of the ledger.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use moss_api::Role;

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::scores::{self, By, Which, WhichLines};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::{Choice, filters, link, listed, table, text, time};
use crate::web::export;
use crate::web::layout::{self, Place};
use crate::web::list::{Asked, FORMAT};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/scores", get(list))
}

/// Agents of the ranking that are shown.
const RANKED: i64 = 100;

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let words = person.viewer.words;
    if let Some(format) = asked.word(FORMAT) {
        let which = lines_of(&asked);
        let read = move |page| {
            let (app, which) = (app.clone(), which.clone());
            async move { scores::lines(app.store.read(), &which, Sort::NewestFirst, page).await }
        };
        return export::download(&person, Place::Scores, format, read).await;
    }
    let body = shown(app.store.read(), &person, &asked).await;
    layout::found(&person, Place::Scores, body.map(|body| (words.scores, body)))
}

/// Which lines of the ledger are asked for.
fn lines_of(asked: &Asked) -> WhichLines {
    WhichLines {
        agent_id: asked.text("agent"),
        sub_task_id: asked.text("sub_task"),
        sign: None,
        word: asked.text("q"),
    }
}

async fn shown(db: &Db, person: &Person, asked: &Asked) -> Result<Markup, Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let which = Which { role: asked.word("role"), ..Which::default() };
    let (order, page) = ((By::Score, Sort::NewestFirst), PageRequest::new(1, RANKED));
    let ranking = scores::ranking(db, &which, order, page).await?;
    let lines = scores::lines(db, &lines_of(asked), Sort::NewestFirst, asked.page()).await?;
    let role = Choice::of::<Role>("role", words.column_role);
    let ranked = [words.column_rank, words.column_name, words.column_role, words.column_score];
    let headings = [
        words.column_when,
        words.column_name,
        words.column_delta,
        words.column_reason,
        words.column_sub_task,
    ];
    Ok(html! {
        (filters(viewer, asked, &[role]))
        @if asked.get("agent").is_none() && !ranking.items.is_empty() {
            (table(&ranked, ranking.items.iter().map(|row| vec![
                html! { "#" (row.rank) },
                link(viewer, "agents", Some(&row.agent_id), Some(&row.agent_name)),
                html! { (words.term(&row.role.word())) },
                html! { (row.total_score) },
            ])))
        }
        h2 { (words.ledger) }
        (listed(viewer, asked, &lines, &headings, |row| vec![
            time(viewer, row.line.created_at),
            link(viewer, "agents", Some(&row.line.agent_id), row.agent_name.as_deref()),
            html! { (row.line.score_delta) },
            text(&row.line.reason),
            link(viewer, "sub-tasks", row.line.sub_task_id.as_deref(), None),
        ]))
        (export::links(viewer, asked))
    })
}
