//! `/sub-tasks` and `/sub-tasks/ID`: why each stands where it stands, what has become of every attempt, and
//! the moves a person can make.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::admin::{AdminAgent, AdminSubTask};
use moss_api::text::Text;
use moss_api::{
    Action, AgentStatus, Attempt, BlockOwner, HistoryEvent, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE,
    Page, Priority, Role, SubTask, SubTaskStatus, Verdict, allowed_actions,
};
use serde::Deserialize;

use crate::app::App;
use crate::domain::planning::sub_tasks as planned;
use crate::domain::queries::admin::sub_tasks::{By, List, Which, one as one_in_full};
use crate::domain::queries::admin::{agents, reviews};
use crate::domain::queries::sub_tasks::{attempts, history, in_full as told};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::work::release;
use crate::domain::work::review::JudgeInPlaceOf;
use crate::domain::{Actor, Error};
use crate::web::components::{
    Choice, field, filters, link, listed, section, sub_task_status, table, text, time, time_or_none,
};
use crate::web::export;
use crate::web::forms::{Sent, confirmed, form};
use crate::web::language::Words;
use crate::web::layout::{self, Place};
use crate::web::list::{Asked, FORMAT};
use crate::web::pages::{bulk, reviews as review_page};
use crate::web::person::Person;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sub-tasks", get(list))
        .route("/sub-tasks/bulk", post(bulk::act))
        .route("/sub-tasks/{id}", get(one))
        .route("/sub-tasks/{id}/cancel", post(cancel))
        .route("/sub-tasks/{id}/reassign", post(reassign))
        .route("/sub-tasks/{id}/release", post(let_go))
        .route("/sub-tasks/{id}/judge", post(judge))
}

/// What an address asks for.
pub(super) fn asked_for(asked: &Asked, page: PageRequest) -> List {
    let which = Which {
        status: asked.word("status"),
        priority: asked.word("priority"),
        assigned_agent: asked.text("agent"),
        kind: asked.word("kind"),
        block_owner: asked.word("owner"),
        word: asked.text("q"),
        ..Which::default()
    };
    let (task, module) = (asked.text("task"), asked.text("module"));
    List { task, module, which, order: (By::Updated, Sort::NewestFirst), page }
}

async fn list(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let list = asked_for(&asked, asked.page());
    if let Some(format) = asked.word(FORMAT) {
        let read = move |page| {
            let (app, list) = (app.clone(), List { page, ..list.clone() });
            async move { list.run(app.store.read()).await }
        };
        return export::download(&person, Place::SubTasks, format, read).await;
    }
    let found = list.run(app.store.read()).await;
    let found = found.map(|found| (person.viewer.words.sub_tasks, shown(&person, &asked, &found)));
    layout::found(&person, Place::SubTasks, found)
}

fn shown(person: &Person, asked: &Asked, found: &Page<AdminSubTask>) -> Markup {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let choices = [
        Choice::of::<SubTaskStatus>("status", words.column_status),
        Choice::of::<Priority>("priority", words.column_priority),
        Choice::of::<BlockOwner>("owner", words.whose_turn),
    ];
    html! {
        (filters(viewer, asked, &choices))
        (listed(viewer, asked, found, &headings(words), |row| cells(viewer, row)))
        (bulk::offer(person, asked, found))
        (export::links(viewer, asked))
    }
}

fn headings(words: &Words) -> [&'static str; 5] {
    [
        words.column_name,
        words.column_status,
        words.column_holder,
        words.column_task,
        words.column_changed,
    ]
}

fn cells(viewer: &Viewer, row: &AdminSubTask) -> Vec<Markup> {
    let words = viewer.words;
    vec![
        html! { a href={ "/sub-tasks/" (row.id) } { bdi { (row.name) } } },
        sub_task_status(words, &row.status),
        link(viewer, "agents", row.assigned_agent.as_deref(), row.assigned_agent_name.as_deref()),
        link(viewer, "tasks", Some(&row.task_id), row.task_name.as_deref()),
        time(viewer, row.updated_at),
    ]
}

/// Sub-tasks as rows, or that there is none.
pub(super) fn rows(viewer: &Viewer, rows: &[AdminSubTask]) -> Markup {
    if rows.is_empty() {
        return html! { p class="empty" { (viewer.words.nothing_yet) } };
    }
    table(&headings(viewer.words), rows.iter().map(|row| cells(viewer, row)))
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Response {
    layout::found(&person, Place::SubTasks, in_full(app.store.read(), &person, &id).await)
}

async fn in_full(db: &Db, person: &Person, id: &str) -> Result<(String, Markup), Error> {
    let (viewer, words) = (&person.viewer, person.viewer.words);
    let found = one_in_full(db, id).await?;
    let row = found.row;
    let now = told(db, &row.id).await?;
    let tries = attempts(db, &row.id, 0).await?.rows;
    let events = history(db, &row.id, 0).await?.rows;
    let which = reviews::Which { sub_task_id: Some(row.id.clone()), ..reviews::Which::default() };
    let verdicts = reviews::list(db, &which, Sort::OldestFirst, PageRequest::new(1, 100)).await?;
    let judges = match row.status == SubTaskStatus::Review {
        true => reviewers(db).await?,
        false => Vec::new(),
    };
    let body = html! {
        (why(viewer, &row, &now))
        dl {
            dt { (words.column_status) } dd { (sub_task_status(words, &row.status)) }
            dt { (words.column_task) }
            dd { (link(viewer, "tasks", Some(&row.task_id), row.task_name.as_deref())) }
            @if let Some(module) = &row.module_name {
                dt { (words.column_module) } dd { bdi { (module) } }
            }
            dt { (words.column_holder) }
            dd {
                (link(viewer, "agents", row.assigned_agent.as_deref(), row.assigned_agent_name.as_deref()))
            }
            dt { (words.column_priority) } dd { (words.term(&row.priority.word())) }
            dt { (words.lease_until) } dd { (time_or_none(viewer, row.lease_until)) }
            dt { (words.deadline) } dd { (time_or_none(viewer, row.deadline)) }
            dt { (words.column_changed) } dd { (time(viewer, row.updated_at)) }
        }
        @if row.status == SubTaskStatus::Review { (judging(person, &now, &judges)) }
        (acts(person, &row))
        (section(words.description, &row.description))
        (section(words.deliverable, &found.deliverable))
        (section(words.acceptance, &found.acceptance))
        @if !tries.is_empty() {
            h2 { (words.attempts) }
            @for attempt in &tries { (lane(viewer, attempt)) }
        }
        @if !verdicts.items.is_empty() {
            h2 { (words.reviews) }
            (review_page::rows(viewer, &verdicts.items))
        }
        @if !events.is_empty() {
            h2 { (words.history) }
            (happened(viewer, &events))
        }
    };
    Ok((row.name, body))
}

/// In one sentence, why it stands where it stands.
fn why(viewer: &Viewer, row: &AdminSubTask, now: &SubTask) -> Markup {
    let words = viewer.words;
    let sentence = match row.status.get() {
        Some(SubTaskStatus::Pending) if now.open_dependencies > 0 => words.why_waits,
        Some(SubTaskStatus::Pending) => words.why_free,
        Some(SubTaskStatus::Assigned) => words.why_assigned,
        Some(SubTaskStatus::InProgress) => words.why_in_progress,
        Some(SubTaskStatus::Review) => words.why_review,
        Some(SubTaskStatus::Rework) => words.why_rework,
        Some(SubTaskStatus::Blocked) => match row.block_owner.as_ref() {
            Some(owner) if *owner == BlockOwner::Person => words.why_blocked_person,
            Some(owner) if *owner == BlockOwner::Planner => words.why_blocked_planner,
            Some(_) | None => words.why_blocked,
        },
        Some(SubTaskStatus::Done) => words.why_done,
        Some(SubTaskStatus::Cancelled) => words.why_cancelled,
        None => "",
    };
    html! {
        div class={ "why status-" (row.status.word()) } {
            p { (sentence) }
            @if row.status == SubTaskStatus::Pending && now.open_dependencies > 0 {
                ul {
                    @for id in now.depends_on.iter().flatten() {
                        li { a href={ "/sub-tasks/" (id) } { (id) } }
                    }
                }
            }
            @if let Some(reason) = row.block_reason.as_ref().filter(|_| row.status == SubTaskStatus::Blocked) {
                (text(reason))
            }
        }
    }
}

/// One attempt: who, from when to when, what came of it, and what was handed in.
fn lane(viewer: &Viewer, attempt: &Attempt) -> Markup {
    let words = viewer.words;
    let headings = [words.artifacts, "bytes", "sha-256"];
    html! {
        section class="lane" {
            h3 {
                "#" (attempt.number) " "
                (link(viewer, "agents", Some(&attempt.agent_id), Some(&attempt.agent_name)))
            }
            p {
                (time(viewer, attempt.opened_at)) " – " (time_or_none(viewer, attempt.ended_at)) " · "
                (attempt.outcome.as_deref().unwrap_or(words.attempt_runs))
            }
            @if !attempt.artifacts.is_empty() {
                (table(&headings, attempt.artifacts.iter().map(|file| vec![
                    html! {
                        code { bdi { (file.path) } }
                        @if let Some(note) = &file.note { (text(note)) }
                    },
                    html! { (file.size) },
                    html! { code { (file.sha256) } },
                ])))
            }
        }
    }
}

fn happened(viewer: &Viewer, events: &[HistoryEvent]) -> Markup {
    let words = viewer.words;
    let headings = [words.column_when, words.column_who, words.column_what, words.column_reason];
    table(
        &headings,
        events.iter().map(|event| {
            vec![
                time(viewer, event.at),
                html! {
                    (link(viewer, "agents", event.agent_id.as_deref(), event.agent_name.as_deref()))
                    @if let Some(by) = &event.acted_by { " (" (by) ")" }
                },
                html! {
                    (event.action)
                    @if let Some(to) = &event.to { " → " (sub_task_status(words, to)) }
                },
                text(&event.detail),
            ]
        }),
    )
}

/// The moves a person can make, by the table of all moves.
fn acts(person: &Person, row: &AdminSubTask) -> Markup {
    let (session, words) = (&person.session, person.viewer.words);
    let path = |what: &str| format!("/sub-tasks/{}/{what}", row.id);
    let moves = row.status.get().map(|status| allowed_actions(status, Role::Planner));
    let can = |action: Action| moves.iter().flatten().any(|(its, _)| *its == action);
    html! {
        div class="acts" {
            @if can(Action::Release) {
                (form(session, &path("release"), html! {
                    (field(words.reason, html! { input name="reason"; }))
                    button { (words.release) }
                }))
            }
            @if can(Action::Reassign) {
                (confirmed(words.reassign, words.reassign_means, form(session, &path("reassign"), html! {
                    (field(words.whose, html! { input name="agent_id"; }))
                    button { (words.reassign) }
                })))
            }
            @if can(Action::Cancel) {
                (confirmed(words.cancel, words.cancel_sub_task_means, form(session, &path("cancel"), html! {
                    button class="bad" { (words.cancel) }
                })))
            }
        }
    }
}

/// In whose place a person can judge.
async fn reviewers(db: &Db) -> Result<Vec<AdminAgent>, Error> {
    let (role, status) = (Some(Role::Reviewer), Some(AgentStatus::Active));
    let which = agents::Which { role, status, ..agents::Which::default() };
    let order = (agents::By::Name, Sort::OldestFirst);
    Ok(agents::list(db, &which, order, PageRequest::new(1, MOST_JUDGES)).await?.items)
}

/// Most reviewers that are offered.
const MOST_JUDGES: i64 = 100;

/// The form for a verdict on the attempt that is shown.
fn judging(person: &Person, now: &SubTask, judges: &[AdminAgent]) -> Markup {
    let words = person.viewer.words;
    if judges.is_empty() {
        return html! { p { (words.no_reviewer) " " a href="/agents" { (words.agents) } } };
    }
    let fields = html! {
        input type="hidden" name="attempt" value=(now.attempt);
        (field(words.for_whom, html! {
            select name="reviewer" {
                @for judge in judges { option value=(judge.id) { (judge.name) } }
            }
        }))
        (field(words.column_result, html! {
            select name="result" {
                @for verdict in Verdict::ALL {
                    option value=(verdict) { (words.term(verdict.as_str())) }
                }
            }
        }))
        (field(words.column_score, html! {
            input name="score" type="number" min=(MIN_REVIEW_SCORE) max=(MAX_REVIEW_SCORE) required;
        }))
        (field(words.issues, html! { textarea name="issues" rows="3" {} }))
        (field(words.comment, html! { textarea name="comment" rows="2" {} }))
        button { (words.judge) }
    };
    let action = format!("/sub-tasks/{}/judge", now.id);
    confirmed(words.judge, words.judge_means, form(&person.session, &action, fields))
}

#[derive(Deserialize)]
struct Judged {
    attempt: i64,
    reviewer: String,
    result: Verdict,
    score: i64,
    #[serde(default)]
    issues: Text,
    #[serde(default)]
    comment: Text,
}

async fn judge(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let given: Judged = sent.read()?;
    let review = JudgeInPlaceOf {
        reviewer: given.reviewer,
        sub_task: id.clone(),
        attempt: given.attempt,
        verdict: given.result,
        score: given.score,
        issues: given.issues.into_inner(),
        comment: given.comment.into_inner(),
    };
    sent.carry_out(&app, review, &format!("/sub-tasks/{id}")).await
}

async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    sent.carry_out(
        &app,
        planned::Cancel { actor: Actor::person(), id: id.clone() },
        &format!("/sub-tasks/{id}"),
    )
    .await
}

#[derive(Deserialize)]
struct To {
    #[serde(default)]
    agent_id: String,
}

async fn reassign(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let To { agent_id } = sent.read()?;
    let agent = agent_id.trim().to_owned();
    sent.carry_out(
        &app,
        planned::Reassign { actor: Actor::person(), id: id.clone(), agent },
        &format!("/sub-tasks/{id}"),
    )
    .await
}

#[derive(Deserialize)]
struct Because {
    reason: Text,
}

async fn let_go(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Response> {
    let Because { reason } = sent.read()?;
    let (actor, reason) = (Actor::person(), reason.into_inner());
    sent.carry_out(
        &app,
        release::Release { actor, id: id.clone(), reason, attempt: None },
        &format!("/sub-tasks/{id}"),
    )
    .await
}
