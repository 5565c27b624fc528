//! `/rules` and `/rules/ID`: what agents keep to, for everybody, a task or a sub-task; every version of it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::Rule;
use moss_api::text::Text;
use serde::Deserialize;

use crate::app::App;
use crate::domain::queries::rules::{RuleList, rule};
use crate::domain::queries::{Db, Sort};
use crate::domain::{Error, rules, versions};
use crate::web::components::{field, link, table, text, time};
use crate::web::forms::{Sent, confirmed, done, form};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::pages::versions::{GoBack, diff, versions_of};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/rules", get(list).post(create))
        .route("/rules/{id}", get(one))
        .route("/rules/{id}/edit", post(edit))
        .route("/rules/{id}/restore", post(restore))
        .route("/rules/{id}/delete", post(delete))
}

async fn list(State(app): State<Arc<App>>, person: Person) -> Response {
    let words = person.viewer.words;
    let list = RuleList { scope: None, task: None, sort: Sort::OldestFirst, offset: 0 };
    let found = list.run(app.store.read()).await;
    let found = found.map(|found| (words.rules, shown(&person, &found.rows)));
    layout::found(&person, Place::Rules, found)
}

fn shown(person: &Person, rules: &[Rule]) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let headings = [words.rules, words.scope, words.versions, words.column_changed];
    html! {
        @if rules.is_empty() {
            p class="empty" { (words.nothing_yet) }
        } @else {
            (table(&headings, rules.iter().map(|rule| vec![
                html! {
                    (text(&moss_api::clip(&rule.content, 300)))
                    a href={ "/rules/" (rule.id) } { (words.edit) }
                },
                html! {
                    (rule.scope)
                    @if rule.task_id.is_some() { " " (link(viewer, "tasks", rule.task_id.as_deref(), None)) }
                    @if rule.sub_task_id.is_some() {
                        " " (link(viewer, "sub-tasks", rule.sub_task_id.as_deref(), None))
                    }
                },
                html! { (rule.version) },
                time(viewer, rule.updated_at),
            ])))
        }
        h2 { (words.rule_new) }
        (form(&person.session, "/rules", html! {
            (field("Markdown", html! { textarea name="content" rows="6" class="code" required {} }))
            button { (words.save) }
        }))
    }
}

async fn one(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<String>,
    asked: Asked,
) -> Response {
    let words = person.viewer.words;
    let body = in_full(app.store.read(), &person, &id, asked.word("version")).await;
    layout::found(&person, Place::Rules, body.map(|body| (words.rules, body)))
}

async fn in_full(
    db: &Db,
    person: &Person,
    id: &str,
    version: Option<i64>,
) -> Result<Markup, Error> {
    let (session, words) = (&person.session, person.viewer.words);
    let rule = rule(db, id).await?;
    let all = versions::list(db, rules::subject(&rule.id)).await?;
    let compared = versions::one(db, rules::subject(&rule.id), version, None).await?;
    let path = |what: &str| format!("/rules/{}/{what}", rule.id);
    Ok(html! {
        (form(session, &path("edit"), html! {
            input type="hidden" name="version" value=(rule.version);
            (field("Markdown", html! {
                textarea name="content" rows="12" class="code" spellcheck="false" { "\n" (rule.content) }
            }))
            button { (words.save) }
        }))
        div class="acts" {
            (confirmed(words.delete, words.delete_rule_means, form(session, &path("delete"), html! {
                button class="bad" { (words.delete) }
            })))
        }
        (diff(words, &compared))
        (versions_of(person, &all, rule.version, &path("restore")))
    })
}

#[derive(Deserialize)]
struct New {
    content: Text,
    #[serde(default)]
    version: Option<i64>,
}

async fn create(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let new: New = sent.read()?;
    let create = rules::Create {
        scope: "global".to_owned(),
        content: new.content.into_inner(),
        task: None,
        sub_task: None,
        author: versions::Author::Admin,
    };
    let made = sent.run(&app, create).await?;
    Ok(done(&format!("/rules/{}", made.id)))
}

async fn edit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let new: New = sent.read()?;
    let (content, seen) = (new.content.into_inner(), new.version);
    sent.carry_out(&app, rules::Edit { id: id.clone(), content, seen }, &format!("/rules/{id}"))
        .await
}

async fn restore(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let GoBack { number } = sent.read()?;
    sent.carry_out(&app, rules::Restore { id: id.clone(), number }, &format!("/rules/{id}")).await
}

async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    sent.carry_out(&app, rules::Delete { id }, "/rules").await
}
