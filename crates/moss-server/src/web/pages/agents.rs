//! `/agents` and `/agents/ID`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use moss_api::Role;
use moss_api::admin::AdminAgent;
use serde::Deserialize;

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::agents::{self, By, Which};
use crate::domain::queries::admin::sub_tasks as work;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::{empty, pager, text, time, time_or_none};
use crate::web::layout::{self, Place};
use crate::web::pages::{ROWS, sub_tasks};
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/agents", get(list)).route("/agents/{id}", get(one))
}

/// What a list is narrowed to; what is no word narrows nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    role: String,
    q: String,
    page: Option<i64>,
}

impl Filter {
    fn link(&self, page: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("role", &self.role).append_pair("q", &self.q);
        format!("/agents?{}", query.append_pair("page", &page.to_string()).finish())
    }
}

async fn list(
    State(app): State<Arc<App>>,
    person: Person,
    Query(filter): Query<Filter>,
) -> Response {
    let which = Which {
        role: filter.role.parse().ok(),
        word: Some(filter.q.clone()).filter(|word| !word.is_empty()),
        ..Which::default()
    };
    let page = PageRequest::new(filter.page.unwrap_or(1), ROWS);
    let order = (By::Name, Sort::OldestFirst);
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = match agents::list(app.store.read(), &which, order, page).await {
        Ok(found) => found,
        Err(error) => return layout::failed(viewer, &error),
    };
    let body = html! {
        form class="filter" method="get" action="/agents" {
            input name="q" type="search" value=(filter.q) aria-label=(words.search)
                placeholder=(words.search);
            select name="role" aria-label=(words.column_role) {
                option value="" { (words.all) }
                @for role in Role::ALL {
                    option value=(role) selected[role.as_str() == filter.role] { (role) }
                }
            }
            button { (words.search) }
        }
        @if found.items.is_empty() {
            (empty(viewer, !filter.role.is_empty() || !filter.q.is_empty(), "/agents"))
        } @else {
            (table(viewer, &found.items))
            (pager(viewer, &found, |page| filter.link(page)))
        }
    };
    layout::page(&person, Place::Agents, words.agents, body)
}

fn table(viewer: &Viewer, rows: &[AdminAgent]) -> Markup {
    let words = viewer.words;
    html! {
        table {
            thead {
                tr {
                    th scope="col" { (words.column_name) }
                    th scope="col" { (words.column_role) }
                    th scope="col" { (words.column_status) }
                    th scope="col" { (words.column_score) }
                    th scope="col" { (words.column_heard) }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td data-name=(words.column_name) {
                            a href={ "/agents/" (row.id) } { (row.name) }
                        }
                        td data-name=(words.column_role) { (row.role.word()) }
                        td data-name=(words.column_status) { (row.status.word()) }
                        td data-name=(words.column_score) { (row.total_score) }
                        td data-name=(words.column_heard) {
                            (time_or_none(viewer, row.last_request_at))
                        }
                    }
                }
            }
        }
    }
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    match in_full(app.store.read(), &person, &id).await {
        Ok((title, body)) => layout::page(&person, Place::Agents, &title, body),
        Err(error) => layout::failed(&person.viewer, &error),
    }
}

async fn in_full(db: &Db, person: &Person, id: &str) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = agents::one(db, id).await?;
    let which =
        work::Which { assigned_agent: Some(found.agent.id.clone()), ..work::Which::default() };
    let order = (work::By::Updated, Sort::NewestFirst);
    let page = PageRequest::new(1, ROWS);
    let its = work::List { task: None, module: None, which, order, page }.run(db).await?;
    let body = html! {
        dl {
            dt { (words.column_role) } dd { (found.agent.role.word()) }
            dt { (words.column_status) } dd { (found.agent.status.word()) }
            dt { (words.column_score) } dd { (found.agent.total_score) " · #" (found.agent.rank) }
            dt { (words.column_heard) } dd { (time_or_none(viewer, found.agent.last_request_at)) }
            @if let Some(host) = &found.host {
                dt { (words.woken_by) }
                dd {
                    (host.kind.word()) ", moss " (host.moss) ", " (host.every_seconds) " s, "
                    (time(viewer, host.reported_at))
                }
            }
        }
        (text(&found.agent.description))
        h2 { (words.sub_tasks) }
        @if its.items.is_empty() {
            (empty(viewer, false, "/sub-tasks"))
        } @else {
            (sub_tasks::table(viewer, &its.items))
        }
    };
    Ok((found.agent.name, body))
}
