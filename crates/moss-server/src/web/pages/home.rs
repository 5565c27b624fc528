//! `/`: what waits for a person, each with its reason and since when.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use moss_api::{BlockOwner, SubTaskStatus, Timestamp};

use crate::app::App;
use crate::domain::Error;
use crate::domain::queries::admin::sub_tasks::{By, List, Which};
use crate::domain::planning::questions::for_people;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::web::components::time;
use crate::web::layout::{self, Place};
use crate::web::pages::ROWS;
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/", get(home))
}

/// Something that waits for a person.
struct Waiting {
    name: String,
    link: String,
    reason: String,
    since: Timestamp,
}

async fn home(State(app): State<Arc<App>>, person: Result<Person, Response>) -> Response {
    if !app.read_config(crate::config::Config::has_password) {
        return Redirect::to("/setup").into_response();
    }
    let person = match person {
        Ok(person) => person,
        Err(elsewhere) => return elsewhere,
    };
    match waiting(app.store.read(), &person).await {
        Ok(rows) => {
            let title = person.viewer.words.needs_you;
            layout::page(&person, Place::Home, title, shown(&person, &rows))
        }
        Err(error) => layout::failed(&person.viewer, &error),
    }
}

/// Oldest first: what a person is to decide of blocked work, and what agents ask a person.
async fn waiting(db: &Db, person: &Person) -> Result<Vec<Waiting>, Error> {
    let words = person.viewer.words;
    let which = Which { status: Some(SubTaskStatus::Blocked), ..Which::default() };
    let order = (By::Updated, Sort::OldestFirst);
    let page = PageRequest::new(1, ROWS);
    let blocked = List { task: None, module: None, which, order, page }.run(db).await?;
    let is_ours = |owner: &Option<moss_api::OrUnknown<BlockOwner>>| {
        owner.as_ref().is_some_and(|owner| *owner == BlockOwner::Person)
    };
    let mut rows: Vec<_> = blocked
        .items
        .into_iter()
        .filter(|row| is_ours(&row.block_owner))
        .map(|row| Waiting {
            link: format!("/sub-tasks/{}", row.id),
            name: row.name,
            reason: row.block_reason.unwrap_or_else(|| words.blocked_for_you.to_owned()),
            since: row.updated_at,
        })
        .collect();
    let asked = for_people(db).await?;
    rows.extend(asked.into_iter().map(|question| Waiting {
        link: format!("/tasks/{}", question.task_id),
        name: question.name,
        reason: format!("{} {}: {}", question.agent_name, words.asked_you, question.text),
        since: question.at,
    }));
    rows.sort_by_key(|row| row.since);
    Ok(rows)
}

fn shown(person: &Person, rows: &[Waiting]) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    html! {
        @if rows.is_empty() {
            p class="empty" { (words.all_well) }
        } @else {
            table {
                thead {
                    tr {
                        th scope="col" { (words.column_name) }
                        th scope="col" { (words.column_reason) }
                        th scope="col" { (words.column_since) }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            td data-name=(words.column_name) { a href=(row.link) { (row.name) } }
                            td data-name=(words.column_reason) { (row.reason) }
                            td data-name=(words.column_since) { (time(viewer, row.since)) }
                        }
                    }
                }
            }
        }
    }
}
