//! `/sub-tasks` and `/sub-tasks/ID`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use moss_api::SubTaskStatus;
use moss_api::admin::AdminSubTask;
use serde::Deserialize;

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::sub_tasks::{By, List, Which, one as one_in_full};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::{empty, pager, sub_task_status, text, time, time_or_none};
use crate::web::layout::{self, Place};
use crate::web::pages::ROWS;
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/sub-tasks", get(list)).route("/sub-tasks/{id}", get(one))
}

/// What a list is narrowed to; what is no word narrows nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    status: String,
    task: String,
    q: String,
    page: Option<i64>,
}

impl Filter {
    fn is_set(&self) -> bool {
        [&self.status, &self.task, &self.q].iter().any(|it| !it.is_empty())
    }

    fn link(&self, page: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("status", &self.status), ("task", &self.task), ("q", &self.q)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/sub-tasks?{}", query.append_pair("page", &page.to_string()).finish())
    }
}

async fn list(
    State(app): State<Arc<App>>,
    person: Person,
    Query(filter): Query<Filter>,
) -> Response {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let which = Which {
        status: filter.status.parse().ok(),
        word: given(&filter.q),
        ..Which::default()
    };
    let list = List {
        task: given(&filter.task),
        module: None,
        which,
        order: (By::Updated, Sort::NewestFirst),
        page: PageRequest::new(filter.page.unwrap_or(1), ROWS),
    };
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = match list.run(app.store.read()).await {
        Ok(found) => found,
        Err(error) => return layout::failed(viewer, &error),
    };
    let body = html! {
        form class="filter" method="get" action="/sub-tasks" {
            @if !filter.task.is_empty() {
                input type="hidden" name="task" value=(filter.task);
            }
            input name="q" type="search" value=(filter.q) aria-label=(words.search)
                placeholder=(words.search);
            select name="status" aria-label=(words.column_status) {
                option value="" { (words.all) }
                @for status in SubTaskStatus::ALL {
                    option value=(status) selected[status.as_str() == filter.status] { (status) }
                }
            }
            button { (words.search) }
        }
        @if found.items.is_empty() {
            (empty(viewer, filter.is_set(), "/sub-tasks"))
        } @else {
            (table(viewer, &found.items))
            (pager(viewer, &found, |page| filter.link(page)))
        }
    };
    layout::page(&person, Place::SubTasks, words.sub_tasks, body)
}

/// Sub-tasks as rows.
pub(super) fn table(viewer: &Viewer, rows: &[AdminSubTask]) -> Markup {
    let words = viewer.words;
    html! {
        table {
            thead {
                tr {
                    th scope="col" { (words.column_name) }
                    th scope="col" { (words.column_status) }
                    th scope="col" { (words.column_holder) }
                    th scope="col" { (words.column_changed) }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td data-name=(words.column_name) {
                            a href={ "/sub-tasks/" (row.id) } { (row.name) }
                        }
                        td data-name=(words.column_status) { (sub_task_status(&row.status)) }
                        td data-name=(words.column_holder) { (holder(viewer, row)) }
                        td data-name=(words.column_changed) { (time(viewer, row.updated_at)) }
                    }
                }
            }
        }
    }
}

fn holder(viewer: &Viewer, row: &AdminSubTask) -> Markup {
    html! {
        @match (&row.assigned_agent, &row.assigned_agent_name) {
            (Some(id), Some(name)) => a href={ "/agents/" (id) } { (name) },
            _ => (viewer.words.none),
        }
    }
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    match in_full(app.store.read(), &person, &id).await {
        Ok((title, body)) => layout::page(&person, Place::SubTasks, &title, body),
        Err(error) => layout::failed(&person.viewer, &error),
    }
}

async fn in_full(db: &Db, person: &Person, id: &str) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = one_in_full(db, id).await?;
    let row = found.row;
    let body = html! {
        @if let Some(reason) = &row.block_reason {
            p class="failure" { (reason) }
        }
        dl {
            dt { (words.column_status) } dd { (sub_task_status(&row.status)) }
            dt { (words.column_task) }
            dd {
                a href={ "/tasks/" (row.task_id) } {
                    (row.task_name.as_deref().unwrap_or(words.none))
                }
            }
            dt { (words.column_holder) } dd { (holder(viewer, &row)) }
            dt { (words.column_changed) } dd { (time(viewer, row.updated_at)) }
            dt { (words.lease_until) } dd { (time_or_none(viewer, row.lease_until)) }
        }
        (text(&row.description))
        @for (heading, said) in
            [(words.deliverable, &found.deliverable), (words.acceptance, &found.acceptance)]
        {
            @if !said.is_empty() {
                h2 { (heading) }
                (text(said))
            }
        }
    };
    Ok((row.name, body))
}
