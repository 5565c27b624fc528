//! `/search`: a word in everything that is written down. It is looked for as it stands, in whatever
//! language.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::{agents, logs, sub_tasks, tasks};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::{filters, link, text, time};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/search", get(search))
}

/// Rows of each kind.
const SHOWN: i64 = 10;

async fn search(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let found = match asked.get("q") {
        Some(word) => everything(app.store.read(), &person.viewer, word).await,
        None => Ok(html! {}),
    };
    let words = person.viewer.words;
    let body = found.map(|found| html! { (filters(&person.viewer, &asked, &[])) (found) });
    layout::found(&person, Place::Search, body.map(|body| (words.search, body)))
}

async fn everything(db: &Db, viewer: &Viewer, word: &str) -> Result<Markup, Error> {
    let (words, page) = (viewer.words, PageRequest::new(1, SHOWN));
    let given = || Some(word.to_owned());
    let which = tasks::Which { word: given(), ..tasks::Which::default() };
    let tasks = tasks::list(db, &which, (tasks::By::Updated, Sort::NewestFirst), page).await?;
    let which = sub_tasks::Which { word: given(), ..sub_tasks::Which::default() };
    let order = (sub_tasks::By::Updated, Sort::NewestFirst);
    let parts = sub_tasks::List { task: None, module: None, which, order, page }.run(db).await?;
    let which = agents::Which { word: given(), ..agents::Which::default() };
    let team = agents::list(db, &which, (agents::By::Name, Sort::OldestFirst), page).await?;
    let which = logs::Which { word: given(), ..logs::Which::default() };
    let logs = logs::list(db, &which, Sort::NewestFirst, page).await?;
    let all = |path: &str, total: i64| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", word).finish();
        html! { @if total > SHOWN { p { a href={ (path) "?" (query) } { (words.all) " (" (total) ")" } } } }
    };
    let named = |folder: &str, rows: Vec<(String, String)>| {
        html! {
            @if rows.is_empty() { p class="empty" { (words.nothing_fits) } }
            ul {
                @for (id, name) in rows { li { (link(viewer, folder, Some(&id), Some(&name))) } }
            }
        }
    };
    Ok(html! {
        h2 { (words.tasks) }
        (named("tasks", tasks.items.into_iter().map(|it| (it.id, it.name)).collect()))
        (all("/tasks", tasks.total))
        h2 { (words.sub_tasks) }
        (named("sub-tasks", parts.items.into_iter().map(|it| (it.id, it.name)).collect()))
        (all("/sub-tasks", parts.total))
        h2 { (words.agents) }
        (named("agents", team.items.into_iter().map(|it| (it.id, it.name)).collect()))
        (all("/agents", team.total))
        h2 { (words.logs) }
        @if logs.items.is_empty() { p class="empty" { (words.nothing_fits) } }
        ul {
            @for row in &logs.items {
                li {
                    (time(viewer, row.created_at)) " "
                    (link(viewer, "agents", Some(&row.agent_id), row.agent_name.as_deref()))
                    (text(&moss_api::clip(&row.summary, 300)))
                }
            }
        }
        (all("/logs", logs.total))
    })
}
