//! `/sub-tasks/bulk`: one move for every sub-task that a list's filters find. Each is a write of its own, so
//! what cannot be moved keeps nothing else from it, and is said.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use moss_api::admin::AdminSubTask;
use moss_api::text::Text;
use moss_api::{MAX_PAGE_SIZE, Page};
use serde::Deserialize;

use crate::app::App;
use crate::domain::Actor;
use crate::domain::planning::sub_tasks as planned;
use crate::domain::queries::PageRequest;
use crate::domain::work::release;
use crate::web::components::{field, table};
use crate::web::failure::Failure;
use crate::web::forms::{Sent, confirmed, form};
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::pages::sub_tasks::asked_for;
use crate::web::person::Person;

/// Most that are moved at once.
const MOST: usize = 1_000;

/// What is done with each.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Move {
    Release,
    Reassign,
    Cancel,
}

/// The form below a list that a filter narrows.
pub(super) fn offer(person: &Person, asked: &Asked, found: &Page<AdminSubTask>) -> Markup {
    let words = person.viewer.words;
    if !asked.is_filtered() || found.total == 0 {
        return html! {};
    }
    let fields = html! {
        input type="hidden" name="filter" value=(asked.query());
        (field(words.column_action, html! {
            select name="act" {
                option value="release" { (words.release) }
                option value="reassign" { (words.reassign) }
                option value="cancel" { (words.cancel) }
            }
        }))
        (field(words.whose, html! { input name="agent_id"; }))
        (field(words.reason, html! { input name="reason"; }))
        button class="bad" { (words.do_with_all) " (" (found.total.min(MOST as i64)) ")" }
    };
    let name = format!("{} ({})", words.do_with_all, found.total);
    confirmed(&name, words.bulk_means, form(&person.session, "/sub-tasks/bulk", fields))
}

#[derive(Deserialize)]
struct Wanted {
    filter: String,
    act: Move,
    #[serde(default)]
    agent_id: String,
    #[serde(default)]
    reason: Text,
}

pub(super) async fn act(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let wanted: Wanted = sent.read()?;
    let words = sent.person.viewer.words;
    let asked = Asked::of(Place::SubTasks.path(), &wanted.filter);
    let rows = match asked.is_filtered() {
        true => {
            all(&app, &asked).await.map_err(|error| sent.refused(&Failure::of(error, words)))?
        }
        false => Vec::new(),
    };
    let mut not_done = Vec::new();
    let count = rows.len();
    for row in rows {
        if let Err(failure) = move_one(&app, &sent, &wanted, &row.id).await {
            if failure.status.is_server_error() {
                return Err(sent.refused(&failure));
            }
            not_done.push((row, failure));
        }
    }
    let headings = [words.column_name, words.column_reason];
    let body = html! {
        p class="said" role="status" { (count - not_done.len()) " " (words.were_done) }
        @if !not_done.is_empty() {
            h2 { (not_done.len()) " " (words.were_not_done) }
            (table(&headings, not_done.iter().map(|(row, failure)| vec![
                html! { a href={ "/sub-tasks/" (row.id) } { bdi { (row.name) } } },
                html! { (failure.detail) },
            ])))
        }
        p { a href=(asked.link(1)) { (words.back) } }
    };
    Ok(layout::page(&sent.person, Some(Place::SubTasks), words.sub_tasks, body))
}

/// All that the filters find, before any is moved: a move may take it out of them.
async fn all(app: &App, asked: &Asked) -> Result<Vec<AdminSubTask>, crate::domain::Error> {
    let mut rows = Vec::new();
    let mut page = PageRequest::new(1, MAX_PAGE_SIZE);
    loop {
        let found = asked_for(asked, page).run(app.store.read()).await?;
        page = PageRequest::after(&found);
        rows.extend(found.items);
        if !found.has_more || rows.len() >= MOST {
            rows.truncate(MOST);
            return Ok(rows);
        }
    }
}

async fn move_one(app: &App, sent: &Sent, wanted: &Wanted, id: &str) -> Result<(), Failure> {
    let (actor, id) = (Actor::person(), id.to_owned());
    let part = id.clone();
    match wanted.act {
        Move::Release => {
            let reason = wanted.reason.as_str().to_owned();
            let command = release::Release { actor, id, reason, attempt: None };
            sent.run_part(app, command, &part).await.map(drop)
        }
        Move::Reassign => {
            let agent = wanted.agent_id.trim().to_owned();
            let command = planned::Reassign { actor, id, agent };
            sent.run_part(app, command, &part).await.map(drop)
        }
        Move::Cancel => {
            let command = planned::Cancel { actor, id };
            sent.run_part(app, command, &part).await.map(drop)
        }
    }
}
