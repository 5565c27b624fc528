//! `/system`: what runs here and how it does: releases and who runs which, webhooks, sessions, backup.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::{Delivery, DeliveryState};

use crate::app::App;
use crate::domain::Error;
use crate::domain::access::admin_sessions::{self, Session};
use crate::domain::queries::PageRequest;
use crate::domain::queries::admin::health;
use crate::domain::webhooks::{self as deliveries, TryAgain};
use crate::web::components::{status_of, table, text, time};
use crate::web::failure::Failure;
use crate::web::forms::{Sent, confirmed, form};
use crate::web::layout::{self, Place};
use crate::web::person::Person;
use crate::webhooks;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/system", get(system))
        .route("/system/sessions", post(end_others))
        .route("/system/webhooks", post(test))
        .route("/system/deliveries/{id}", post(try_again))
}

/// Deliveries that are shown.
const SHOWN: i64 = 20;

async fn system(State(app): State<Arc<App>>, person: Person) -> Response {
    let found = shown(&app, &person).await;
    layout::found(&person, Place::System, found.map(|body| (person.viewer.words.system, body)))
}

async fn shown(app: &App, person: &Person) -> Result<Markup, Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let db = app.store.read();
    let sessions = admin_sessions::list(db, &person.session.hash).await?;
    let page = PageRequest::new(1, SHOWN);
    let dead = deliveries::list(db, Some(DeliveryState::Dead.as_str()), page).await?;
    let pending = deliveries::list(db, Some(DeliveryState::Pending.as_str()), page).await?;
    let clients = health::versions(db).await?;
    let newest = app.releases.release_notice().newest;
    let kind = app.read_config(|config| config.database.kind.clone());
    let headings = [words.session_begun, words.session_used];
    Ok(html! {
        dl {
            dt { "moss-server" } dd { (env!("CARGO_PKG_VERSION")) }
            dt { (words.database) } dd { (kind) }
            dt { (words.column_status) } dd {
                @match app.writer.trouble() {
                    Some(trouble) => (trouble),
                    None => (words.is_well),
                }
            }
        }
        h2 { (words.releases) }
        p {
            @match newest {
                Some(version) => { (words.newest_release) " " (version) }
                None => (words.no_release),
            }
        }
        @if !clients.is_empty() {
            (table(&["moss", words.agents], clients.iter().map(|(version, agents)| vec![
                html! { (version) },
                html! { (agents) },
            ])))
        }
        h2 { (words.webhooks) }
        (form(&person.session, "/system/webhooks", html! { button { (words.webhook_test) } }))
        (on_the_way(person, words.webhooks_pending, &pending.items))
        (on_the_way(person, words.webhooks_dead, &dead.items))
        h2 { (words.sessions) }
        (table(&headings, sessions.iter().map(|session| vec![
            time(viewer, session.at),
            html! {
                (time(viewer, session.used_at))
                @if session.is_own { " · " (words.session_own) }
            },
        ])))
        @if sessions.len() > 1 {
            (confirmed(words.end_others, words.end_others_means, form(&person.session, "/system/sessions", html! {
                button class="bad" { (words.end_others) }
            })))
        }
        h2 { (words.backup) }
        p { (words.backup_means) }
        pre tabindex="0" { "moss-server backup backup.db" }
        p { a href="/system/look" { (words.look_page) } }
    })
}

fn on_the_way(person: &Person, heading: &str, rows: &[Delivery]) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let headings = [words.column_when, words.column_name, words.column_reason, words.column_action];
    html! {
        @if !rows.is_empty() {
            h3 { (heading) }
            (table(&headings, rows.iter().map(|row| vec![
                time(viewer, row.at),
                html! { (row.webhook) },
                text(row.problem.as_deref().unwrap_or_default()),
                html! {
                    @if row.state == DeliveryState::Dead {
                        (form(&person.session, &format!("/system/deliveries/{}", row.id), html! {
                            button { (words.try_again) }
                        }))
                    }
                },
            ])))
        }
    }
}

async fn end_others(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let end = Session::EndOthers(sent.person.session.hash.clone());
    sent.carry_out(&app, end, "/system").await
}

async fn try_again(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    sent.carry_out(&app, TryAgain { id }, "/system").await
}

/// Posts a test to every webhook, and says what came of each.
async fn test(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let words = sent.person.viewer.words;
    let tested = webhooks::test(&app).await;
    let tested = tested.map_err(|error| sent.refused(&Failure::of(error, words)))?;
    let headings = [words.column_name, words.column_result, words.column_reason];
    let body = html! {
        @if tested.is_empty() {
            p class="empty" { (words.no_webhook) " " a href="/settings" { (words.settings) } }
        } @else {
            (table(&headings, tested.iter().map(|it| vec![
                html! { (it.webhook) },
                match it.arrived {
                    true => status_of(words, "✓", "done"),
                    false => status_of(words, "■", "blocked"),
                },
                text(it.problem.as_deref().unwrap_or_default()),
            ])))
        }
        p { a href="/system" { (words.back) } }
    };
    Ok(layout::page(&sent.person, Some(Place::System), words.webhooks, body))
}
