//! `/tasks` and `/tasks/ID`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use moss_api::admin::AdminTask;
use moss_api::{Page, TaskStatus};
use serde::Deserialize;

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::sub_tasks as parts;
use crate::domain::queries::admin::tasks::{self, By, Which};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::{empty, pager, progress, task_status, text, time};
use crate::web::layout::{self, Place};
use crate::web::pages::{ROWS, sub_tasks};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/tasks", get(list)).route("/tasks/{id}", get(one))
}

/// What a list is narrowed to; what is no word narrows nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    status: String,
    q: String,
    page: Option<i64>,
}

impl Filter {
    fn is_set(&self) -> bool {
        !self.status.is_empty() || !self.q.is_empty()
    }

    fn link(&self, page: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("status", &self.status).append_pair("q", &self.q);
        format!("/tasks?{}", query.append_pair("page", &page.to_string()).finish())
    }
}

async fn list(
    State(app): State<Arc<App>>,
    person: Person,
    Query(filter): Query<Filter>,
) -> Response {
    let which = Which {
        status: filter.status.parse().ok(),
        word: Some(filter.q.clone()).filter(|word| !word.is_empty()),
        ..Which::default()
    };
    let page = PageRequest::new(filter.page.unwrap_or(1), ROWS);
    let order = (By::Updated, Sort::NewestFirst);
    match tasks::list(app.store.read(), &which, order, page).await {
        Ok(found) => {
            let title = person.viewer.words.tasks;
            layout::page(&person, Place::Tasks, title, shown(&person, &filter, &found))
        }
        Err(error) => layout::failed(&person.viewer, &error),
    }
}

fn shown(person: &Person, filter: &Filter, found: &Page<AdminTask>) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    html! {
        form class="filter" method="get" action="/tasks" {
            input name="q" type="search" value=(filter.q) aria-label=(words.search)
                placeholder=(words.search);
            select name="status" aria-label=(words.column_status) {
                option value="" { (words.all) }
                @for status in TaskStatus::ALL {
                    option value=(status) selected[status.as_str() == filter.status] { (status) }
                }
            }
            button { (words.search) }
        }
        @if found.items.is_empty() {
            (empty(viewer, filter.is_set(), "/tasks"))
        } @else {
            table {
                thead {
                    tr {
                        th scope="col" { (words.column_name) }
                        th scope="col" { (words.column_status) }
                        th scope="col" { (words.column_progress) }
                        th scope="col" { (words.column_changed) }
                    }
                }
                tbody {
                    @for task in &found.items {
                        tr {
                            td data-name=(words.column_name) {
                                a href={ "/tasks/" (task.id) } { (task.name) }
                            }
                            td data-name=(words.column_status) { (task_status(&task.status)) }
                            td data-name=(words.column_progress) {
                                (progress(task.counts.done_count, task.counts.sub_task_count))
                            }
                            td data-name=(words.column_changed) { (time(viewer, task.updated_at)) }
                        }
                    }
                }
            }
            (pager(viewer, found, |page| filter.link(page)))
        }
    }
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    match in_full(app.store.read(), &person, &id).await {
        Ok((title, body)) => layout::page(&person, Place::Tasks, &title, body),
        Err(error) => layout::failed(&person.viewer, &error),
    }
}

async fn in_full(db: &Db, person: &Person, id: &str) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let task = tasks::one(db, id).await?;
    let order = (parts::By::Updated, Sort::NewestFirst);
    let which = parts::Which { task_id: Some(task.id.clone()), ..parts::Which::default() };
    let page = PageRequest::new(1, ROWS);
    let found = parts::List { task: None, module: None, which, order, page }.run(db).await?;
    let body = html! {
        dl {
            dt { (words.column_status) } dd { (task_status(&task.status)) }
            dt { (words.column_progress) }
            dd { (progress(task.counts.done_count, task.counts.sub_task_count)) }
            dt { (words.column_changed) } dd { (time(viewer, task.updated_at)) }
        }
        (text(&task.description))
        h2 { (words.sub_tasks) }
        (sub_tasks::table(viewer, &found.items))
        @if found.has_more {
            p { a href={ "/sub-tasks?task=" (task.id) } { (words.all) " (" (found.total) ")" } }
        }
    };
    Ok((task.name, body))
}
