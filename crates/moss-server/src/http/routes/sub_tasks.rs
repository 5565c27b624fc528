//! Sub-tasks: looking, planning, holding, handing in.

use std::sync::Arc;

use moss_api::{
    Attempt, Claimed, HistoryEvent, Page, Priority, SubTask, Submitted, Verdict, WorkType,
    requests::{
        Block, ClaimNext, CreateSubTask, EditSubTask, Fail, Heartbeat, Hold, Leave, Reassign,
        Release, SetSession, ShortVerdict, Submit,
    },
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::leave::{Judgement, LeaveSubTask};
use crate::domain::queries::sub_tasks::{SubTaskFilter, SubTaskList};
use crate::domain::queries::{self, PageRequest, Sort};
use crate::domain::work::look::Shown;
use crate::domain::work::{block, claim, fail, heartbeat, release, review, session, start, submit};
use crate::domain::{Actor, planning};
use crate::http::extract::body::{Body, BodyOrDefault, session_id, word, word_or};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{Path, SubTaskRef};
use crate::http::extract::query::{Offset, Paging, Query, filter};
use crate::http::extract::role::{Planner, may};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, List, Written, WrittenOrKept, WrittenOrNothing};
use crate::http::shown;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_sub_tasks, create_sub_task))
        .routes(routes!(list_my_sub_tasks))
        .routes(routes!(list_available_sub_tasks))
        .routes(routes!(latest_sub_task))
        .routes(routes!(claim_next))
        .routes(routes!(get_sub_task, edit_sub_task))
        .routes(routes!(list_attempts))
        .routes(routes!(history))
        .routes(routes!(claim))
        .routes(routes!(start))
        .routes(routes!(heartbeat))
        .routes(routes!(set_session))
        .routes(routes!(submit))
        .routes(routes!(release))
        .routes(routes!(fail))
        .routes(routes!(complete))
        .routes(routes!(rework))
        .routes(routes!(block))
        .routes(routes!(leave_sub_task))
        .routes(routes!(reassign))
        .routes(routes!(cancel_sub_task))
}

/// Of what, and in which status.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this task: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
    /// Of this module: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    module_id: Option<String>,
    /// In this status.
    #[serde(deserialize_with = "filter")]
    status: Option<String>,
}

/// In which status.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct InStatus {
    /// In this status.
    #[serde(deserialize_with = "filter")]
    status: Option<String>,
}

/// Of which task.
#[derive(Deserialize, IntoParams)]
struct OfTask {
    /// Of this task: its id or the beginning of it.
    task_id: String,
}

async fn list(
    caller: &AgentCaller,
    filter: SubTaskFilter,
    page: PageRequest,
) -> Result<Json<Page<SubTask>>> {
    let list = SubTaskList { filter, sort: Sort::NewestFirst, page };
    let page = list.run(caller.db()).await?;
    shown::note(caller, page.items.iter().filter_map(Shown::row).collect()).await;
    Ok(Json(page))
}

/// List sub-tasks, newest first.
#[utoipa::path(get, path = "/api/sub-tasks", tag = "sub-tasks")]
async fn list_sub_tasks(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<SubTask>>> {
    let (task, module, status) = (which.task_id, which.module_id, which.status);
    let filter = SubTaskFilter { task, module, status, ..SubTaskFilter::default() };
    list(&caller, filter, page.into()).await
}

/// List what the caller holds or worked on, newest first.
#[utoipa::path(get, path = "/api/sub-tasks/mine", tag = "sub-tasks")]
async fn list_my_sub_tasks(
    caller: AgentCaller,
    Query(InStatus { status }): Query<InStatus>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<SubTask>>> {
    let assigned_agent = Some(caller.actor.id.clone());
    let filter = SubTaskFilter { assigned_agent, status, ..SubTaskFilter::default() };
    list(&caller, filter, page.into()).await
}

/// List what may be claimed now, newest first.
#[utoipa::path(get, path = "/api/sub-tasks/available", tag = "sub-tasks")]
async fn list_available_sub_tasks(
    caller: AgentCaller,
    Query(page): Query<Paging>,
) -> Result<Json<Page<SubTask>>> {
    let filter = SubTaskFilter { claimable: true, ..SubTaskFilter::default() };
    list(&caller, filter, page.into()).await
}

/// Show the sub-task of a task that the caller worked on last.
#[utoipa::path(get, path = "/api/sub-tasks/latest", tag = "sub-tasks")]
async fn latest_sub_task(
    caller: AgentCaller,
    Query(OfTask { task_id }): Query<OfTask>,
) -> Result<Json<SubTask>> {
    let agent = &caller.actor.id;
    Ok(Json(queries::sub_tasks::latest(caller.db(), agent, &task_id).await?))
}

/// Show a sub-task, with what it depends on.
#[utoipa::path(get, path = "/api/sub-tasks/{id}", tag = "sub-tasks")]
async fn get_sub_task(caller: AgentCaller, Path(id, _): Path<SubTaskRef>) -> Result<Json<SubTask>> {
    let sub_task = queries::sub_tasks::in_full(caller.db(), &id).await?;
    shown::note(&caller, Shown::whole(&sub_task).into_iter().collect()).await;
    Ok(Json(sub_task))
}

/// List the attempts at a sub-task, first to last. When they are too long for one answer, the last
/// ones come first.
#[utoipa::path(get, path = "/api/sub-tasks/{id}/attempts", tag = "sub-tasks")]
async fn list_attempts(
    caller: AgentCaller,
    Path(id, _): Path<SubTaskRef>,
    Query(offset): Query<Offset>,
) -> Result<List<Attempt>> {
    Ok(List(queries::sub_tasks::attempts(caller.db(), &id, offset.rows()).await?))
}

/// List what happened to a sub-task, in order. When it is too long for one answer, the last events
/// come first.
#[utoipa::path(get, path = "/api/sub-tasks/{id}/history", tag = "sub-tasks")]
async fn history(
    caller: AgentCaller,
    Path(id, _): Path<SubTaskRef>,
    Query(offset): Query<Offset>,
) -> Result<List<HistoryEvent>> {
    Ok(List(queries::sub_tasks::history(caller.db(), &id, offset.rows()).await?))
}

/// Add a sub-task.
#[utoipa::path(post, path = "/api/sub-tasks", tag = "sub-tasks")]
async fn create_sub_task(
    caller: AgentCaller<Planner>,
    Body(body): Body<CreateSubTask>,
) -> Result<Written<SubTask>> {
    let create = planning::sub_tasks::Create {
        actor: caller.actor.clone(),
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
        lease: body.lease,
        deadline: body.deadline,
        answers: body.answers,
    };
    caller.write(create).await
}

/// Change a sub-task's texts and priority.
#[utoipa::path(put, path = "/api/sub-tasks/{id}", tag = "sub-tasks")]
async fn edit_sub_task(
    caller: AgentCaller<may::Edit>,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<EditSubTask>,
) -> Result<Written<SubTask>> {
    let priority = body.priority.map(|choice| word(choice, "priority")).transpose()?;
    let patch = planning::sub_tasks::SubTaskPatch {
        name: body.name.map(Into::into),
        description: body.description.map(Into::into),
        deliverable: body.deliverable.map(Into::into),
        acceptance: body.acceptance.map(Into::into),
        priority,
        deadline: body.deadline,
        ..planning::sub_tasks::SubTaskPatch::default()
    };
    let (actor, lease) = (caller.actor.clone(), body.lease);
    caller.write(planning::sub_tasks::Edit { actor, id, patch, lease }).await
}

/// Claim a sub-task; of several who do, one gets it.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/claim", tag = "sub-tasks")]
async fn claim(
    caller: AgentCaller<may::Claim>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Hold>,
) -> Result<Written<Claimed>> {
    let session = session_id(body.session_id)?;
    let (actor, dialect) = (caller.actor.clone(), caller.dialect());
    caller.write(claim::Claim { actor, id, session, dialect }).await
}

/// Claim the best sub-task there is for the caller: highest priority, then oldest.
#[utoipa::path(post, path = "/api/sub-tasks/claim-next", tag = "sub-tasks")]
async fn claim_next(
    caller: AgentCaller<may::Claim>,
    BodyOrDefault(body): BodyOrDefault<ClaimNext>,
) -> Result<WrittenOrNothing<SubTask>> {
    let session = body.session_id.map(Into::into);
    let (actor, dialect) = (caller.actor.clone(), caller.dialect());
    let next = claim::ClaimNext { actor, start: body.start, session, dialect };
    caller.write(next).await.map(WrittenOrNothing)
}

/// Start a sub-task the caller holds, or is to rework.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/start", tag = "sub-tasks")]
async fn start(
    caller: AgentCaller<may::Start>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Hold>,
) -> Result<Written<SubTask>> {
    let session = session_id(body.session_id)?;
    let (actor, dialect) = (caller.actor.clone(), caller.dialect());
    caller.write(start::Start { actor, id, session, dialect }).await
}

/// Extend the lease on a sub-task the caller holds.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/heartbeat", tag = "sub-tasks")]
async fn heartbeat(
    caller: AgentCaller<may::Heartbeat>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Heartbeat>,
) -> Result<Written<SubTask>> {
    let attempt = body.attempt.map(|n| n.0);
    caller.write(heartbeat::Heartbeat { actor: caller.actor.clone(), id, attempt }).await
}

/// Name the session that works on a sub-task.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/session", tag = "sub-tasks")]
async fn set_session(
    caller: AgentCaller<may::Session>,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<SetSession>,
) -> Result<Written<SubTask>> {
    let session = body.session_id.into_inner();
    caller.write(session::SetSession { actor: caller.actor.clone(), id, session }).await
}

/// Hand a sub-task in. What comes after the caller's attempt has ended is kept, and changes nothing.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/submit", tag = "sub-tasks")]
async fn submit(
    caller: AgentCaller<may::Submit>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Submit>,
) -> Result<WrittenOrKept<Submitted>> {
    let submit = submit::Submit {
        actor: caller.actor.clone(),
        id,
        summary: body.summary.map(Into::into),
        artifacts: body.artifacts,
        session: body.session_id.map(Into::into),
        attempt: body.attempt.map(|n| n.0),
        noticed: body.noticed.map(Into::into),
    };
    caller.write(submit).await.map(WrittenOrKept)
}

/// Give a sub-task back.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/release", tag = "sub-tasks")]
async fn release(
    caller: AgentCaller<may::Release>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Release>,
) -> Result<Written<SubTask>> {
    let release = release::Release {
        actor: caller.actor.clone(),
        id,
        reason: body.reason.into_inner(),
        attempt: body.attempt.map(|n| n.0),
    };
    caller.write(release).await
}

/// Say why a sub-task cannot be done; it is blocked.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/fail", tag = "sub-tasks")]
async fn fail(
    caller: AgentCaller<may::Fail>,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<Fail>,
) -> Result<Written<SubTask>> {
    let fail = fail::Fail {
        actor: caller.actor.clone(),
        id,
        class: word(body.class, "class")?,
        detail: body.detail.into_inner(),
        retry_at: body.retry_at,
        attempt: body.attempt.map(|n| n.0),
    };
    caller.write(fail).await
}

/// Score of a `complete` without one.
const DEFAULT_COMPLETE_SCORE: i64 = 4;
/// Score of a `rework` without one.
const DEFAULT_REWORK_SCORE: i64 = 2;

/// Approve what was handed in: the original's short cut to a review.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/complete", tag = "sub-tasks")]
async fn complete(
    caller: AgentCaller<may::Approve>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<ShortVerdict>,
) -> Result<Written<SubTask>> {
    let verdict = Verdict::Approved;
    caller.write(review_of(&caller.actor, id, body, verdict, DEFAULT_COMPLETE_SCORE)).await
}

/// Send back what was handed in: the original's short cut to a review.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/rework", tag = "sub-tasks")]
async fn rework(
    caller: AgentCaller<may::Reject>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<ShortVerdict>,
) -> Result<Written<SubTask>> {
    let verdict = Verdict::Rejected;
    caller.write(review_of(&caller.actor, id, body, verdict, DEFAULT_REWORK_SCORE)).await
}

fn review_of(
    actor: &Actor,
    sub_task: String,
    body: ShortVerdict,
    verdict: Verdict,
    default_score: i64,
) -> review::ReviewByPrefix {
    let issues = match (body.issues, verdict) {
        (Some(issues), _) => issues.into_inner(),
        (None, Verdict::Rejected) => "sent back without details".to_owned(),
        (None, Verdict::Approved) => String::new(),
    };
    review::ReviewByPrefix(review::Review {
        actor: actor.clone(),
        sub_task,
        verdict,
        score: body.score.map_or(default_score, |n| n.0),
        issues,
        comment: body.comment.map(Into::into).unwrap_or_default(),
        rework_agent: body.rework_agent,
        attempt: None,
        follow_up: None,
    })
}

/// Stop a sub-task, with a reason.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/block", tag = "sub-tasks")]
async fn block(
    caller: AgentCaller<may::Block>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Block>,
) -> Result<Written<SubTask>> {
    let reason = body.reason.into_inner();
    caller.write(block::Block { actor: caller.actor.clone(), id, reason }).await
}

/// Leave a sub-task as it is: its role is not woken by it again until it changes, or until the time
/// named. Patrol leaves what is held, the planner what is blocked.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/leave", tag = "sub-tasks")]
async fn leave_sub_task(
    caller: AgentCaller<may::Leave>,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Leave>,
) -> Result<Written<SubTask>> {
    caller.write(LeaveSubTask(Judgement::of(caller.actor.clone(), id, body))).await
}

/// Give a sub-task to an executor.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/reassign", tag = "sub-tasks")]
async fn reassign(
    caller: AgentCaller<may::Reassign>,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<Reassign>,
) -> Result<Written<SubTask>> {
    let agent = body.agent_id;
    caller.write(planning::sub_tasks::Reassign { actor: caller.actor.clone(), id, agent }).await
}

/// Give a sub-task up.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/cancel", tag = "sub-tasks")]
async fn cancel_sub_task(
    caller: AgentCaller<may::Cancel>,
    Path(id, _): Path<SubTaskRef>,
) -> Result<Written<SubTask>> {
    caller.write(planning::sub_tasks::Cancel { actor: caller.actor.clone(), id }).await
}
