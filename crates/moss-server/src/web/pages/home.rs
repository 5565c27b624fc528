//! `/`: what waits for a person, each with its reason, since when, and what can be done about it; and
//! where the team is given a goal.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::text::{Name, Text};
use moss_api::{BlockOwner, Leftover, SubTaskStatus, TaskStatus, Timestamp};
use serde::Deserialize;

use crate::app::App;
use crate::config::Config;
use crate::domain::planning::goals;
use crate::domain::planning::questions::{AnswerAsPerson, for_people};
use crate::domain::queries::admin::sub_tasks::{By, List, Which};
use crate::domain::queries::admin::tasks;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, Refusal};
use crate::web::components::{field, table, text, time};
use crate::web::forms::{Sent, done, form};
use crate::web::layout::{self, Place};
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/goals", post(give_goal))
        .route("/questions/{id}/answer", post(answer))
}

/// Most of a kind that are shown.
const MOST: i64 = 100;

/// Something that waits for a person.
struct Waiting {
    name: String,
    link: String,
    reason: Markup,
    since: Timestamp,
    action: Markup,
}

async fn home(State(app): State<Arc<App>>, person: Result<Person, Response>) -> Response {
    if !app.read_config(Config::has_password) {
        return Redirect::to("/setup").into_response();
    }
    let person = match person {
        Ok(person) => person,
        Err(elsewhere) => return elsewhere,
    };
    let words = person.viewer.words;
    let found = waiting(app.store.read(), &person).await;
    let found =
        found.map(|rows| (format!("{} ({})", words.needs_you, rows.len()), shown(&person, &rows)));
    layout::found(&person, Place::Home, found)
}

/// Oldest first: what a person is to decide of blocked work, what agents ask a person, and what is done
/// and not closed.
async fn waiting(db: &Db, person: &Person) -> Result<Vec<Waiting>, Error> {
    let mut rows = blocked(db, &person.viewer).await?;
    rows.extend(for_people(db).await?.into_iter().map(|it| asked(person, it)));
    rows.extend(all_done(db, person).await?);
    rows.sort_by_key(|row| row.since);
    Ok(rows)
}

async fn blocked(db: &Db, viewer: &Viewer) -> Result<Vec<Waiting>, Error> {
    let which = Which {
        status: Some(SubTaskStatus::Blocked),
        block_owner: Some(BlockOwner::Person),
        ..Which::default()
    };
    let (order, page) = ((By::Updated, Sort::OldestFirst), PageRequest::new(1, MOST));
    let found = List { task: None, module: None, which, order, page }.run(db).await?;
    let rows = found.items.into_iter().map(|row| Waiting {
        link: format!("/sub-tasks/{}", row.id),
        name: row.name,
        reason: html! {
            (viewer.words.blocked_for_you)
            @if let Some(reason) = &row.block_reason { ": " (text(reason)) }
        },
        since: row.updated_at,
        action: html! { a href={ "/sub-tasks/" (row.id) } { (viewer.words.decide) } },
    });
    Ok(rows.collect())
}

fn asked(person: &Person, question: Leftover) -> Waiting {
    let words = person.viewer.words;
    let link = match &question.sub_task_id {
        Some(id) => format!("/sub-tasks/{id}"),
        None => format!("/tasks/{}", question.task_id),
    };
    Waiting {
        link,
        name: question.name,
        reason: html! {
            bdi { (question.agent_name) } " " (words.asks_you) ": " (text(&question.text))
        },
        since: question.at,
        action: form(
            &person.session,
            &format!("/questions/{}/answer", question.id),
            html! {
                (field(words.answer, html! { textarea name="answer" rows="2" required {} }))
                button { (words.answer) }
            },
        ),
    }
}

async fn all_done(db: &Db, person: &Person) -> Result<Vec<Waiting>, Error> {
    let words = person.viewer.words;
    let mut rows = Vec::new();
    for status in [TaskStatus::Active, TaskStatus::InProgress] {
        let which = tasks::Which { status: Some(status), ..tasks::Which::default() };
        let (order, page) = ((tasks::By::Updated, Sort::OldestFirst), PageRequest::new(1, MOST));
        let found = tasks::list(db, &which, order, page).await?.items.into_iter();
        let over = found.filter(|task| {
            let counts = &task.counts;
            counts.done_count > 0
                && counts.done_count + counts.cancelled_count == counts.sub_task_count
        });
        rows.extend(over.map(|task| Waiting {
            link: format!("/tasks/{}", task.id),
            name: task.name,
            reason: html! { (words.all_done) },
            since: task.updated_at,
            action: form(
                &person.session,
                &format!("/tasks/{}/status", task.id),
                html! {
                    input type="hidden" name="status" value=(TaskStatus::Completed);
                    button { (words.close_task) }
                },
            ),
        }));
    }
    Ok(rows)
}

fn shown(person: &Person, rows: &[Waiting]) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let headings =
        [words.column_name, words.column_reason, words.column_since, words.column_action];
    html! {
        @if rows.is_empty() {
            p class="empty" { (words.all_well) }
        } @else {
            (table(&headings, rows.iter().map(|row| vec![
                html! { a href=(row.link) { bdi { (row.name) } } },
                row.reason.clone(),
                time(viewer, row.since),
                row.action.clone(),
            ])))
        }
        h2 { (words.give_goal) }
        (form(&person.session, "/goals", html! {
            (field(words.goal_text, html! { textarea name="description" rows="4" required {} }))
            (field(words.column_name, html! { input name="name"; }))
            (field(words.deadline, html! { input name="deadline" type="datetime-local"; }))
            button { (words.give_goal) }
        }))
    }
}

#[derive(Deserialize)]
struct NewGoal {
    description: Text,
    #[serde(default)]
    name: String,
    #[serde(default)]
    deadline: String,
}

async fn give_goal(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let given: NewGoal = sent.read()?;
    let wrong = |refusal: Refusal| sent.refused(&refusal.into());
    let name = Some(given.name.trim()).filter(|name| !name.is_empty()).map(Name::new).transpose();
    let name = name.map_err(|problem| wrong(Refusal::bad_value("name", problem)))?;
    let deadline = sent.person.viewer.instant(&given.deadline);
    let deadline = deadline.map_err(|problem| wrong(Refusal::bad_value("deadline", problem)))?;
    let add = goals::Add {
        name: name.map(Into::into),
        description: given.description.into_inner(),
        deadline,
    };
    let goal = sent.run(&app, add).await?;
    Ok(done(&format!("/tasks/{}", goal.id)))
}

#[derive(Deserialize)]
struct Answered {
    answer: Text,
}

async fn answer(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let given: Answered = sent.read()?;
    sent.carry_out(&app, AnswerAsPerson { id, answer: given.answer.into_inner() }, "/").await
}
