//! Sub-tasks: looking, planning, holding, handing in.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use moss_api::{
    Action, Priority, SubTask, Verdict, WorkType,
    requests::{
        Block, ClaimNext, CreateSubTask, EditSubTask, Fail, Heartbeat, Hold, Reassign, Release,
        SetSession, ShortVerdict, Submit,
    },
};

use crate::app::App;
use crate::domain::work::{block, claim, fail, heartbeat, release, review, session, start, submit};
use crate::domain::{Error, Refusal, planning, queries, resolve};
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Id, Reply, json, session_id, word, word_or};
use crate::http::response::error::Failure;
use crate::store::sub_tasks::{Filter, latest, list};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/sub-tasks", get(all).post(create))
        .route("/api/sub-tasks/mine", get(mine))
        .route("/api/sub-tasks/available", get(available))
        .route("/api/sub-tasks/latest", get(latest_of_task))
        .route("/api/sub-tasks/claim-next", post(claim_next))
        .route("/api/sub-tasks/{id}", get(show).put(edit))
        .route("/api/sub-tasks/{id}/attempts", get(attempts))
        .route("/api/sub-tasks/{id}/history", get(history))
        .route("/api/sub-tasks/{id}/claim", post(claim_one))
        .route("/api/sub-tasks/{id}/start", post(start_one))
        .route("/api/sub-tasks/{id}/heartbeat", post(heartbeat))
        .route("/api/sub-tasks/{id}/session", post(session))
        .route("/api/sub-tasks/{id}/submit", post(submit_one))
        .route("/api/sub-tasks/{id}/release", post(release))
        .route("/api/sub-tasks/{id}/fail", post(fail))
        .route("/api/sub-tasks/{id}/complete", post(complete))
        .route("/api/sub-tasks/{id}/rework", post(rework))
        .route("/api/sub-tasks/{id}/block", post(block))
        .route("/api/sub-tasks/{id}/reassign", post(reassign))
        .route("/api/sub-tasks/{id}/cancel", post(cancel))
}

/// The role is judged before the body's fields, as the contract orders its checks.
fn may(call: &AgentCall, action: Action) -> Result<(), Failure> {
    let sources = moss_api::source_statuses(action, call.actor.role);
    let refused =
        |no: moss_api::TransitionError| Refusal::wrong_role(no.to_string(), call.actor.role);
    sources.map(drop).map_err(|no| refused(no).into())
}

async fn page_of(call: &AgentCall, filter: Filter) -> Reply {
    json(&list(call.app.store.read(), &filter, call.page()?).await?.map(SubTask::from))
}

/// A filter by id takes a prefix too; one that fits nothing filters everything out.
async fn all(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let mut filter =
        Filter { status: call.some_param("status").map(str::to_owned), ..Filter::default() };
    if let Some(text) = call.some_param("task_id") {
        filter.task_id = Some(or_nothing(resolve::task_id(db, text).await)?);
    }
    if let Some(text) = call.some_param("module_id") {
        filter.module_id = Some(or_nothing(resolve::module_id(db, text).await)?);
    }
    page_of(&call, filter).await
}

/// An id that fits nothing filters everything out, as for the original.
pub(in crate::http) fn or_nothing(id: Result<String, Error>) -> Result<String, Failure> {
    match id {
        Err(Error::Refused(no)) if no.code == moss_api::ErrorCode::NotFound => Ok(String::new()),
        other => Ok(other?),
    }
}

async fn mine(call: AgentCall) -> Reply {
    let filter = Filter {
        assigned_agent: Some(call.actor.id.clone()),
        status: call.some_param("status").map(str::to_owned),
        ..Filter::default()
    };
    page_of(&call, filter).await
}

async fn available(call: AgentCall) -> Reply {
    page_of(&call, Filter { claimable: true, ..Filter::default() }).await
}

async fn latest_of_task(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let text = call.needed_param("task_id")?;
    let task = resolve::task_id(db, text).await?;
    let row = latest(db, &call.actor.id, &task).await?;
    let row = row.ok_or_else(|| Refusal::not_found("sub-task of yours in task", text))?;
    json(&SubTask::from(row))
}

async fn show(Id(id): Id, call: AgentCall) -> Reply {
    json(&queries::sub_task::in_full(call.app.store.read(), &id).await?)
}

async fn attempts(Id(id): Id, call: AgentCall) -> Reply {
    json(&queries::sub_task::attempts(call.app.store.read(), &id).await?)
}

async fn history(Id(id): Id, call: AgentCall) -> Reply {
    json(&queries::sub_task::history(call.app.store.read(), &id).await?)
}

async fn create(call: AgentCall) -> Reply {
    call.actor.must_be(&[moss_api::Role::Planner])?;
    let body: CreateSubTask = call.body()?;
    call.write(planning::sub_tasks::Create {
        actor: call.actor.clone(),
        task: body.task_id,
        module: body.module_id,
        name: body.name.into_inner(),
        description: body.description.into_inner(),
        deliverable: body.deliverable.into_inner(),
        acceptance: body.acceptance.into_inner(),
        priority: word_or(body.priority, "priority", Priority::Medium)?,
        kind: word_or(body.kind, "type", WorkType::Once)?,
        assign: body.assigned_agent,
        depends_on: body.depends_on,
    })
    .await
}

async fn edit(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Edit)?;
    let body: EditSubTask = call.body()?;
    let priority = body.priority.map(|choice| word(choice, "priority")).transpose()?;
    let patch = planning::sub_tasks::SubTaskPatch {
        name: body.name.map(Into::into),
        description: body.description.map(Into::into),
        deliverable: body.deliverable.map(Into::into),
        acceptance: body.acceptance.map(Into::into),
        priority,
        kind: None,
    };
    call.write(planning::sub_tasks::Edit { actor: call.actor.clone(), id, patch }).await
}

async fn claim_one(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Claim)?;
    let body: Hold = call.body_or_default()?;
    let session = session_id(body.session_id)?;
    call.write(claim::Claim { actor: call.actor.clone(), id, session }).await
}

async fn claim_next(call: AgentCall) -> Reply {
    may(&call, Action::Claim)?;
    let body: ClaimNext = call.body_or_default()?;
    let session = body.session_id.map(Into::into);
    call.write(claim::ClaimNext { actor: call.actor.clone(), start: body.start, session }).await
}

async fn start_one(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Start)?;
    let body: Hold = call.body_or_default()?;
    let session = session_id(body.session_id)?;
    call.write(start::Start { actor: call.actor.clone(), id, session }).await
}

async fn heartbeat(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Heartbeat)?;
    let body: Heartbeat = call.body_or_default()?;
    let attempt = body.attempt.map(|n| n.0);
    call.write(heartbeat::Heartbeat { actor: call.actor.clone(), id, attempt }).await
}

async fn session(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Session)?;
    let body: SetSession = call.body()?;
    let session = body.session_id.into_inner();
    call.write(session::SetSession { actor: call.actor.clone(), id, session }).await
}

async fn submit_one(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Submit)?;
    let body: Submit = call.body_or_default()?;
    call.write(submit::Submit {
        actor: call.actor.clone(),
        id,
        summary: body.summary.map(Into::into),
        artifacts: body.artifacts,
        session: body.session_id.map(Into::into),
        attempt: body.attempt.map(|n| n.0),
    })
    .await
}

async fn release(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Release)?;
    let body: Release = call.body_or_default()?;
    call.write(release::Release {
        actor: call.actor.clone(),
        id,
        reason: body.reason.into_inner(),
        attempt: body.attempt.map(|n| n.0),
    })
    .await
}

async fn fail(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Fail)?;
    let body: Fail = call.body()?;
    call.write(fail::Fail {
        actor: call.actor.clone(),
        id,
        class: word(body.class, "class")?,
        detail: body.detail.into_inner(),
        retry_at: body.retry_at,
        attempt: body.attempt.map(|n| n.0),
    })
    .await
}

/// Score of a `complete` without one.
const DEFAULT_COMPLETE_SCORE: i64 = 4;
/// Score of a `rework` without one.
const DEFAULT_REWORK_SCORE: i64 = 2;

async fn complete(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Approve)?;
    short_verdict(id, call, Verdict::Approved, DEFAULT_COMPLETE_SCORE).await
}

async fn rework(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Reject)?;
    short_verdict(id, call, Verdict::Rejected, DEFAULT_REWORK_SCORE).await
}

async fn short_verdict(id: String, call: AgentCall, verdict: Verdict, default: i64) -> Reply {
    let body: ShortVerdict = call.body_or_default()?;
    let issues = match (body.issues, verdict) {
        (Some(issues), _) => issues.into_inner(),
        (None, Verdict::Rejected) => "sent back without details".to_owned(),
        (None, Verdict::Approved) => String::new(),
    };
    call.write(review::ReviewByPrefix(review::Review {
        actor: call.actor.clone(),
        sub_task: id,
        verdict,
        score: body.score.map_or(default, |n| n.0),
        issues,
        comment: body.comment.map(Into::into).unwrap_or_default(),
        rework_agent: body.rework_agent,
        attempt: None,
    }))
    .await
}

async fn block(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Block)?;
    let body: Block = call.body_or_default()?;
    let reason = body.reason.into_inner();
    call.write(block::Block { actor: call.actor.clone(), id, reason }).await
}

async fn reassign(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Reassign)?;
    let body: Reassign = call.body()?;
    let agent = body.agent_id;
    call.write(planning::sub_tasks::Reassign { actor: call.actor.clone(), id, agent }).await
}

async fn cancel(Id(id): Id, call: AgentCall) -> Reply {
    may(&call, Action::Cancel)?;
    call.write(planning::sub_tasks::Cancel { actor: call.actor.clone(), id }).await
}
