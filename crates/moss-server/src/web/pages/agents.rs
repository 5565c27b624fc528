//! `/agents` and `/agents/ID`: who is there, how each is woken, what it has in hand; and getting agents in,
//! changing them, and letting them go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::admin::{AdminAgent, AdminAgentInFull};
use moss_api::text::{AgentName, Text};
use moss_api::{AgentStatus, Page, Role, Timestamp};
use serde::Deserialize;

use crate::app::App;
use crate::config::duration::Ttl;
use crate::domain::access::{agents as accounts, bootstrap, removal};
use crate::domain::queries::admin::agents::{self, By, Which};
use crate::domain::queries::admin::health::{self, State as HealthState};
use crate::domain::queries::admin::sub_tasks as work;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::scores::{Adjust, MAX_REASON};
use crate::domain::{Actor, Error};
use crate::security::secret::{AgentKey, InviteToken};
use crate::web::components::{
    self, Choice, field, filters, listed, table, text, time, time_or_none,
};
use crate::web::forms::{Sent, confirmed, form, shown_once};
use crate::web::language::Words;
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::pages::sub_tasks;
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/agents", get(list).post(invite))
        .route("/agents/{id}", get(one))
        .route("/agents/{id}/edit", post(edit))
        .route("/agents/{id}/status", post(set_status))
        .route("/agents/{id}/command", post(command))
        .route("/agents/{id}/key", post(new_key))
        .route("/agents/{id}/score", post(adjust))
        .route("/agents/{id}/remove", post(remove))
}

/// Rows of what it did that an agent's page shows.
const SHOWN: i64 = 20;

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let which = Which {
        role: asked.word("role"),
        status: asked.word("status"),
        word: asked.text("q"),
        ..Which::default()
    };
    let order = (By::Name, Sort::OldestFirst);
    layout::found(&person, Place::Agents, listing(&app, &person, &asked, &which, order).await)
}

async fn listing(
    app: &App,
    person: &Person,
    asked: &Asked,
    which: &Which,
    order: (By, Sort),
) -> Result<(&'static str, Markup), Error> {
    let db = app.store.read();
    let found = agents::list(db, which, order, asked.page()).await?;
    let states = health::of(db, &found.items, app.clock.now()).await?;
    Ok((person.viewer.words.agents, shown(person, asked, &found, &states)))
}

fn shown(
    person: &Person,
    asked: &Asked,
    found: &Page<AdminAgent>,
    states: &HashMap<String, HealthState>,
) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let choices = [
        Choice::of::<Role>("role", words.column_role),
        Choice::of::<AgentStatus>("status", words.column_status),
    ];
    let headings = [
        words.column_name,
        words.column_role,
        words.column_health,
        words.column_open,
        words.column_score,
        words.column_heard,
    ];
    html! {
        (filters(viewer, asked, &choices))
        (listed(viewer, asked, found, &headings, |row| vec![
            html! { a href={ "/agents/" (row.id) } { bdi { (row.name) } } },
            html! { (words.term(&row.role.word())) },
            html! {
                @if let Some(state) = states.get(&row.id) { (components::health(words, state.health)) }
            },
            html! { (row.open_sub_task_count) },
            html! { (row.total_score) },
            time_or_none(viewer, row.last_request_at),
        ]))
        h2 { (words.invite) }
        (form(&person.session, "/agents", html! {
            (field(words.column_name, html! { input name="name" required; }))
            (field(words.column_role, roles_of(words, None)))
            (field(words.description, html! { input name="description"; }))
            button { (words.invite) }
        }))
    }
}

fn roles_of(words: &Words, chosen: Option<Role>) -> Markup {
    html! {
        select name="role" {
            @for role in Role::ALL {
                option value=(role) selected[Some(*role) == chosen] { (words.term(role.as_str())) }
            }
        }
    }
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    let now = app.clock.now();
    layout::found(&person, Place::Agents, in_full(app.store.read(), &person, &id, now).await)
}

async fn in_full(
    db: &Db,
    person: &Person,
    id: &str,
    now: Timestamp,
) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = agents::one(db, id).await?;
    let agent = &found.agent;
    let which = work::Which { assigned_agent: Some(agent.id.clone()), ..work::Which::default() };
    let (order, page) = ((work::By::Updated, Sort::NewestFirst), PageRequest::new(1, SHOWN));
    let its = work::List { task: None, module: None, which, order, page }.run(db).await?;
    let ledger = agents::ledger(db, &agent.id, None, Sort::NewestFirst, page).await?;
    let headings = [words.column_when, words.column_delta, words.column_reason];
    let every = found.host.as_ref().and_then(|host| u64::try_from(host.every_seconds).ok());
    let state = health::judge(agent, every.map(Duration::from_secs), now);
    let body = html! {
        dl {
            dt { (words.column_role) } dd { (words.term(&agent.role.word())) }
            dt { (words.column_status) } dd { (words.term(&agent.status.word())) }
            dt { (words.column_health) } dd { (components::health(words, state.health)) }
            dt { (words.next_due) } dd { (time_or_none(viewer, state.due)) }
            dt { (words.column_score) }
            dd { (agent.total_score) " · #" (agent.rank) " / " (found.total_agents) }
            dt { (words.column_heard) } dd { (time_or_none(viewer, agent.last_request_at)) }
            dt { (words.woken_by) }
            dd {
                @match &found.host {
                    Some(host) => {
                        (host.kind.word()) ", " (host.every_seconds) " s, moss " (host.moss) ", "
                        (time(viewer, host.reported_at))
                    }
                    None => (words.not_onboarded),
                }
            }
            dt { "ID" } dd { code { (agent.id) } }
        }
        (text(&agent.description))
        (acts(person, &found))
        h2 { (words.sub_tasks) }
        (sub_tasks::rows(viewer, &its.items))
        @if its.has_more {
            p { a href={ "/sub-tasks?agent=" (agent.id) } { (words.all) " (" (its.total) ")" } }
        }
        @if !ledger.items.is_empty() {
            h2 { (words.ledger) }
            (table(&headings, ledger.items.iter().map(|line| vec![
                time(viewer, line.created_at),
                html! { (line.score_delta) },
                text(&line.reason),
            ])))
            p { a href={ "/scores?agent=" (agent.id) } { (words.all) " (" (ledger.total) ")" } }
        }
    };
    Ok((found.agent.name, body))
}

/// What a person can do with an agent.
fn acts(person: &Person, found: &AdminAgentInFull) -> Markup {
    let (session, words, agent) = (&person.session, person.viewer.words, &found.agent);
    let path = |what: &str| format!("/agents/{}/{what}", agent.id);
    let status = |to: AgentStatus, name: &str| {
        form(
            session,
            &path("status"),
            html! { input type="hidden" name="status" value=(to); button { (name) } },
        )
    };
    if agent.status == AgentStatus::Removed {
        return html! {};
    }
    html! {
        div class="acts" {
            details {
                summary { (words.edit) }
                (form(session, &path("edit"), html! {
                    (field(words.column_name, html! { input name="name" value=(agent.name) required; }))
                    (field(words.column_role, roles_of(words, agent.role.get())))
                    (field(words.description, html! {
                        textarea name="description" rows="4" { "\n" (agent.description) }
                    }))
                    button { (words.save) }
                }))
            }
            details {
                summary { (words.adjust) }
                (form(session, &path("score"), html! {
                    (field(words.by_how_much, html! { input name="score_delta" type="number" required; }))
                    (field(words.reason, html! { input name="reason" maxlength=(MAX_REASON) required; }))
                    button { (words.adjust) }
                }))
            }
            (confirmed(words.command_for_host, words.new_key_means, form(session, &path("command"), html! {
                button { (words.command_for_host) }
            })))
            (confirmed(words.new_key, words.new_key_means, form(session, &path("key"), html! {
                button { (words.new_key) }
            })))
            @if agent.status == AgentStatus::Disabled {
                (status(AgentStatus::Active, words.enable))
            } @else {
                (confirmed(words.disable, words.disable_means, status(AgentStatus::Disabled, words.disable)))
            }
            (confirmed(words.remove, words.remove_means, form(session, &path("remove"), html! {
                (field(words.column_name, html! { input name="confirm_name" autocomplete="off" required; }))
                button class="bad" { (words.remove) }
            })))
        }
    }
}

#[derive(Deserialize)]
struct NewAgent {
    name: AgentName,
    role: Role,
    #[serde(default)]
    description: Text,
}

/// Makes an agent, and the one command that gets it onto its host.
async fn invite(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Response> {
    let new: NewAgent = sent.read()?;
    let register = accounts::Register {
        name: new.name.into_inner(),
        role: new.role,
        description: new.description.into_inner(),
        // Known to nobody: the command brings one of its own.
        key: sent.fresh(AgentKey::generate())?,
        ticket: None,
        repeat_key: None,
        server: app.url(),
    };
    let agent = sent.run(&app, register).await?;
    bring_in(&app, &sent, agent.id).await
}

async fn command(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    bring_in(&app, &sent, id).await
}

async fn bring_in(app: &App, sent: &Sent, id: String) -> Result<Response, Response> {
    let token = sent.fresh(InviteToken::generate())?;
    let make = bootstrap::Make { id: id.clone(), token, ttl: Ttl::default(), server: app.url() };
    let made = sent.run(app, make).await?;
    let words = sent.person.viewer.words;
    let path = format!("/agents/{id}");
    Ok(shown_once(&sent.person, words.command_for_host, words.invite_means, &made.command, &path))
}

async fn new_key(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let key = sent.fresh(AgentKey::generate())?;
    let reset = sent.run(&app, accounts::ResetKey { id: id.clone(), key }).await?;
    let words = sent.person.viewer.words;
    let path = format!("/agents/{id}");
    Ok(shown_once(&sent.person, words.new_key, words.new_key_means, &reset.new_api_key, &path))
}

async fn edit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let new: NewAgent = sent.read()?;
    let edit = accounts::Edit {
        id: id.clone(),
        name: Some(new.name.into_inner()),
        role: Some(new.role),
        description: Some(new.description.into_inner()),
    };
    sent.carry_out(&app, edit, &format!("/agents/{id}")).await
}

#[derive(Deserialize)]
struct To {
    status: AgentStatus,
}

async fn set_status(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let To { status } = sent.read()?;
    sent.carry_out(&app, accounts::SetStatus { id: id.clone(), status }, &format!("/agents/{id}"))
        .await
}

#[derive(Deserialize)]
struct ByHowMuch {
    score_delta: i64,
    reason: Text,
}

async fn adjust(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let given: ByHowMuch = sent.read()?;
    let adjust = Adjust {
        actor: Actor::person(),
        agent: id.clone(),
        delta: given.score_delta,
        reason: given.reason.into_inner(),
        sub_task: None,
    };
    let adjust = adjust.by_admin().map_err(|refusal| sent.refused(&refusal.into()))?;
    sent.carry_out(&app, adjust, &format!("/agents/{id}")).await
}

#[derive(Deserialize)]
struct Confirmed {
    confirm_name: Text,
}

async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let Confirmed { confirm_name } = sent.read()?;
    sent.carry_out(&app, removal::Remove { id, confirm_name: confirm_name.into_inner() }, "/agents")
        .await
}
