//! `/tasks` and `/tasks/ID`: what is to be done, how far it is, and what a person can do about it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::admin::{AdminSubTask, AdminTask};
use moss_api::text::{Name, Text};
use moss_api::{Page, SubTaskStatus, TaskStatus};
use serde::Deserialize;

use crate::app::App;
use crate::domain::planning::tasks as planned;
use crate::domain::queries::admin::sub_tasks as parts;
use crate::domain::queries::admin::tasks::{self, By, Which};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Actor, Error};
use crate::web::components::{
    Choice, field, filters, listed, progress, sub_task_status, table, task_status, text, time,
    time_or_none,
};
use crate::web::forms::{Sent, confirmed, form};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::pages::sub_tasks;
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/tasks", get(list))
        .route("/tasks/{id}", get(one))
        .route("/tasks/{id}/edit", post(edit))
        .route("/tasks/{id}/status", post(set_status))
        .route("/tasks/{id}/cancel", post(cancel))
}

/// Sub-tasks and modules a task's page shows.
const SHOWN: i64 = 100;

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let which = Which { status: asked.word("status"), word: asked.text("q"), ..Which::default() };
    let order = (By::Updated, Sort::NewestFirst);
    let found = tasks::list(app.store.read(), &which, order, asked.page()).await;
    let found = found.map(|found| (person.viewer.words.tasks, shown(&person, &asked, &found)));
    layout::found(&person, Place::Tasks, found)
}

fn shown(person: &Person, asked: &Asked, found: &Page<AdminTask>) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let status = Choice::of::<TaskStatus>("status", words.column_status);
    let headings =
        [words.column_name, words.column_status, words.column_progress, words.column_changed];
    html! {
        (filters(viewer, asked, &[status]))
        (listed(viewer, asked, found, &headings, |task| vec![
            html! { a href={ "/tasks/" (task.id) } { bdi { (task.name) } } },
            task_status(words, &task.status),
            progress(words.column_progress, task.counts.done_count, task.counts.sub_task_count),
            time(viewer, task.updated_at),
        ]))
    }
}

async fn one(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<String>,
    asked: Asked,
) -> Response {
    layout::found(&person, Place::Tasks, in_full(app.store.read(), &person, &id, &asked).await)
}

/// How its sub-tasks are shown, when not as a list.
const VIEW: &str = "view";
const BOARD: &str = "board";

async fn in_full(
    db: &Db,
    person: &Person,
    id: &str,
    asked: &Asked,
) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let task = tasks::one(db, id).await?;
    let page = PageRequest::new(1, SHOWN);
    let modules = tasks::modules(db, &task.id, (false, Sort::OldestFirst), page).await?;
    let which = parts::Which { task_id: Some(task.id.clone()), ..parts::Which::default() };
    let order = (parts::By::Updated, Sort::NewestFirst);
    let found = parts::List { task: None, module: None, which, order, page }.run(db).await?;
    let headings = [words.column_name, words.column_progress];
    let body = html! {
        dl {
            dt { (words.column_status) } dd { (task_status(words, &task.status)) }
            dt { (words.column_progress) }
            dd { (progress(words.column_progress, task.counts.done_count, task.counts.sub_task_count)) }
            dt { (words.deadline) } dd { (time_or_none(viewer, task.deadline)) }
            dt { (words.column_changed) } dd { (time(viewer, task.updated_at)) }
        }
        (text(&task.description))
        (acts(person, &task))
        @if !modules.items.is_empty() {
            h2 { (words.modules) }
            (table(&headings, modules.items.iter().map(|module| vec![
                html! {
                    a href={ "/sub-tasks?task=" (task.id) "&module=" (module.id) } { bdi { (module.name) } }
                },
                progress(words.column_progress, module.counts.done_count, module.counts.sub_task_count),
            ])))
        }
        h2 { (words.sub_tasks) }
        @if asked.get(VIEW) == Some(BOARD) {
            p { a href=(asked.path()) { (words.as_list) } }
            (board(viewer, &found.items))
        } @else {
            p { a href=(asked.with(VIEW, BOARD)) { (words.as_board) } }
            (sub_tasks::rows(viewer, &found.items))
        }
        @if found.has_more {
            p { a href={ "/sub-tasks?task=" (task.id) } { (words.all) " (" (found.total) ")" } }
        }
    };
    Ok((task.name, body))
}

/// Sub-tasks side by side, by their status.
fn board(viewer: &Viewer, rows: &[AdminSubTask]) -> Markup {
    let columns = SubTaskStatus::ALL.iter().map(|status| {
        let its: Vec<_> = rows.iter().filter(|row| row.status == *status).collect();
        (*status, its)
    });
    html! {
        div class="board" {
            @for (status, its) in columns.filter(|(_, its)| !its.is_empty()) {
                section {
                    h3 { (sub_task_status(viewer.words, &status.into())) " (" (its.len()) ")" }
                    ul {
                        @for row in its {
                            li {
                                a href={ "/sub-tasks/" (row.id) } { bdi { (row.name) } }
                                @if let Some(name) = &row.assigned_agent_name { " · " bdi { (name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a person can do with a task.
fn acts(person: &Person, task: &AdminTask) -> Markup {
    let (session, words) = (&person.session, person.viewer.words);
    let path = |what: &str| format!("/tasks/{}/{what}", task.id);
    let is_open = task.status.get().is_some_and(|status| TaskStatus::UNFINISHED.contains(&status));
    html! {
        div class="acts" {
            details {
                summary { (words.edit) }
                (form(session, &path("edit"), html! {
                    (field(words.column_name, html! { input name="name" value=(task.name) required; }))
                    (field(words.description, html! {
                        textarea name="description" rows="8" { "\n" (task.description) }
                    }))
                    button { (words.save) }
                }))
            }
            @if is_open {
                (confirmed(words.cancel, words.cancel_task_means, form(session, &path("cancel"), html! {
                    button class="bad" { (words.cancel) }
                })))
            }
        }
    }
}

#[derive(Deserialize)]
struct Texts {
    name: Name,
    description: Text,
}

async fn edit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let texts: Texts = sent.read()?;
    let edit = planned::Edit {
        actor: Actor::person(),
        id: id.clone(),
        name: Some(texts.name.into()),
        description: Some(texts.description.into()),
        patrol: None,
    };
    sent.carry_out(&app, edit, &format!("/tasks/{id}")).await
}

#[derive(Deserialize)]
struct To {
    status: TaskStatus,
}

async fn set_status(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let To { status } = sent.read()?;
    let set = planned::SetStatus { actor: Actor::person(), id: id.clone(), to: status };
    sent.carry_out(&app, set, &format!("/tasks/{id}")).await
}

async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    sent.carry_out(
        &app,
        planned::Cancel { actor: Actor::person(), id: id.clone() },
        &format!("/tasks/{id}"),
    )
    .await
}
