//! `/prompts` and `/prompts/SLUG`: what agents are told, every version of it, what changed, and the way
//! back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::admin::PromptKind;
use moss_api::text::Text;
use serde::Deserialize;

use crate::app::App;
use crate::domain::prompts::{self, PromptPatch};
use crate::domain::queries::Db;
use crate::domain::{Error, versions};
use crate::web::components::{field, table, time};
use crate::web::failure::Failure;
use crate::web::forms::{Sent, done, form};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::pages::versions::{GoBack, diff, versions_of};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/prompts", get(list))
        .route("/prompts/{slug}", get(one))
        .route("/prompts/{slug}/edit", post(edit))
        .route("/prompts/{slug}/restore", post(restore))
}

async fn list(State(app): State<Arc<App>>, person: Person) -> Response {
    let words = person.viewer.words;
    let body = all(app.store.read(), &person).await;
    layout::found(&person, Place::Prompts, body.map(|body| (words.prompts, body)))
}

async fn all(db: &Db, person: &Person) -> Result<Markup, Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let templates = prompts::templates(db).await?;
    let own = prompts::of_agents(db).await?;
    let headings = [words.column_name, words.versions, words.column_changed];
    Ok(html! {
        h2 { (words.templates) }
        p class="faint" { (words.template_reach) }
        (table(&headings, templates.iter().map(|it| vec![
            html! { a href={ "/prompts/" (it.role.word()) } { (words.term(&it.role.word())) } },
            html! { (it.version) },
            time(viewer, it.updated_at),
        ])))
        h2 { (words.own_prompts) }
        @if own.is_empty() { p class="empty" { (words.nothing_yet) } } @else {
            (table(&headings, own.iter().map(|it| vec![
                html! { a href={ "/prompts/" (it.slug) } { bdi { (it.name) } } },
                html! { (it.version) },
                time(viewer, it.updated_at),
            ])))
        }
    })
}

async fn one(
    State(app): State<Arc<App>>,
    person: Person,
    Path(slug): Path<String>,
    asked: Asked,
) -> Response {
    let found = in_full(app.store.read(), &person, &slug, asked.word("version")).await;
    layout::found(&person, Place::Prompts, found)
}

async fn in_full(
    db: &Db,
    person: &Person,
    slug: &str,
    version: Option<i64>,
) -> Result<(String, Markup), Error> {
    let (words, session) = (person.viewer.words, &person.session);
    let prompt = prompts::any(db, slug).await?;
    let subject = prompts::subject(&prompt.slug);
    let all = versions::list(db, subject).await?;
    let compared = versions::one(db, prompts::subject(&prompt.slug), version, None).await?;
    let path = |what: &str| format!("/prompts/{}/{what}", prompt.slug);
    let body = html! {
        (form(session, &path("edit"), html! {
            input type="hidden" name="version" value=(prompt.version);
            (field("Markdown", html! {
                textarea name="content" rows="20" class="code" spellcheck="false" { "\n" (prompt.content) }
            }))
            button { (words.save) }
        }))
        (diff(words, &compared))
        (versions_of(person, &all, prompt.version, &path("restore")))
    };
    Ok((prompt.name, body))
}

#[derive(Deserialize)]
struct New {
    content: Text,
    version: i64,
}

async fn edit(
    State(app): State<Arc<App>>,
    Path(slug): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let new: New = sent.read()?;
    let words = sent.person.viewer.words;
    let prompt = prompts::any(app.store.read(), &slug).await;
    let prompt = prompt.map_err(|error| sent.refused(&Failure::of(error, words)))?;
    let (content, seen) = (new.content.into_inner(), Some(new.version));
    match (prompt.kind.0, prompt.slug.parse()) {
        (PromptKind::Template, Ok(role)) => {
            sent.run(&app, prompts::SetTemplate { role, content, seen }).await?;
        }
        (PromptKind::Template, Err(_)) | (PromptKind::Agent, _) => {
            let patch = PromptPatch { content: Some(content), ..PromptPatch::default() };
            sent.run(&app, prompts::Edit { slug: prompt.slug, patch, seen }).await?;
        }
    }
    Ok(done(&format!("/prompts/{slug}")))
}

async fn restore(
    State(app): State<Arc<App>>,
    Path(slug): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let GoBack { number } = sent.read()?;
    sent.carry_out(
        &app,
        prompts::Restore { slug: slug.clone(), number },
        &format!("/prompts/{slug}"),
    )
    .await
}
