//! Sub-tasks, for the person in charge.

use std::sync::Arc;

use moss_api::admin::{AdminSubTask, AdminSubTaskInFull};
use moss_api::requests::{Reassign, Release};
use moss_api::{Page, SubTask};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Actor;
use crate::domain::planning::sub_tasks as planned;
use crate::domain::queries::admin::sub_tasks::{self, By, List, Which};
use crate::domain::work::release;
use crate::http::extract::admin_list::{AdminList, choice, known};
use crate::http::extract::body::{Body, BodyOrDefault};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{ModuleRef, Path, SubTaskRef, TaskRef};
use crate::http::extract::query::{Query, filter, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_list_sub_tasks))
        .routes(routes!(admin_list_sub_tasks_of_task))
        .routes(routes!(admin_list_sub_tasks_of_module))
        .routes(routes!(admin_get_sub_task))
        .routes(routes!(admin_cancel_sub_task))
        .routes(routes!(admin_reassign_sub_task))
        .routes(routes!(admin_unblock_sub_task))
}

/// Which sub-tasks, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichSubTasks {
    /// In this status.
    #[serde(deserialize_with = "text")]
    status: Option<String>,
    /// Held by, or to be reworked by, the agent with this id.
    #[serde(deserialize_with = "filter")]
    assigned_agent: Option<String>,
    /// Of this priority: `high`, `medium` or `low`.
    #[serde(deserialize_with = "text")]
    priority: Option<String>,
    /// Of this type: `once` or `recurring`.
    #[serde(deserialize_with = "text")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// With this word in the name or description, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// `created_at`, `updated_at`, `priority` (by its word), `status` or `rework_count`.
    #[serde(deserialize_with = "text")]
    #[param(default = "created_at")]
    sort_by: Option<String>,
}

/// Of which task and module.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Of {
    /// Of this task.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
    /// Of this module.
    #[serde(deserialize_with = "filter")]
    module_id: Option<String>,
}

async fn list(
    caller: &AdminCaller,
    of: Of,
    given: WhichSubTasks,
    page: AdminList,
) -> Result<Json<Page<AdminSubTask>>> {
    let (sort, page) = page.request()?;
    let by = [
        ("created_at", By::Created),
        ("updated_at", By::Updated),
        ("priority", By::Priority),
        ("status", By::Status),
        ("rework_count", By::Reworks),
    ];
    let order = (choice("sort_by", given.sort_by.as_deref(), &by)?, sort);
    let which = Which {
        status: known("status", given.status.as_deref())?,
        priority: known("priority", given.priority.as_deref())?,
        kind: known("type", given.kind.as_deref())?,
        assigned_agent: given.assigned_agent,
        word: given.keyword,
        ..Which::default()
    };
    let list = List { task: of.task_id, module: of.module_id, which, order, page };
    Ok(Json(list.run(caller.db()).await?))
}

/// List sub-tasks.
#[utoipa::path(get, path = "/api/admin/sub-tasks", tag = "sub-tasks")]
async fn admin_list_sub_tasks(
    caller: AdminCaller,
    Query(of): Query<Of>,
    Query(given): Query<WhichSubTasks>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminSubTask>>> {
    list(&caller, of, given, page).await
}

/// Of which module of the task.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct OfModule {
    /// Of this module.
    #[serde(deserialize_with = "filter")]
    module_id: Option<String>,
}

/// List the sub-tasks of a task.
#[utoipa::path(get, path = "/api/admin/tasks/{id}/sub-tasks", tag = "sub-tasks")]
async fn admin_list_sub_tasks_of_task(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
    Query(of): Query<OfModule>,
    Query(given): Query<WhichSubTasks>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminSubTask>>> {
    let of = Of { task_id: Some(id), module_id: of.module_id };
    list(&caller, of, given, page).await
}

/// List the sub-tasks of a module.
#[utoipa::path(get, path = "/api/admin/modules/{id}/sub-tasks", tag = "sub-tasks")]
async fn admin_list_sub_tasks_of_module(
    caller: AdminCaller,
    Path(id, _): Path<ModuleRef>,
    Query(given): Query<WhichSubTasks>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminSubTask>>> {
    list(&caller, Of { task_id: None, module_id: Some(id) }, given, page).await
}

/// A sub-task with everything it says.
#[utoipa::path(get, path = "/api/admin/sub-tasks/{id}", tag = "sub-tasks")]
async fn admin_get_sub_task(
    caller: AdminCaller,
    Path(id, _): Path<SubTaskRef>,
) -> Result<Json<AdminSubTaskInFull>> {
    Ok(Json(sub_tasks::one(caller.db(), &id).await?))
}

/// Give a sub-task up.
#[utoipa::path(post, path = "/api/admin/sub-tasks/{id}/cancel", tag = "sub-tasks")]
async fn admin_cancel_sub_task(
    caller: AdminCaller,
    Path(id, _): Path<SubTaskRef>,
) -> Result<Written<SubTask>> {
    caller.write(planned::Cancel { actor: Actor::person(), id }).await
}

/// Give a sub-task to an executor; to the one who suits best when none is named.
#[utoipa::path(post, path = "/api/admin/sub-tasks/{id}/reassign", tag = "sub-tasks")]
async fn admin_reassign_sub_task(
    caller: AdminCaller,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<Reassign>,
) -> Result<Written<SubTask>> {
    let agent = body.agent_id;
    caller.write(planned::Reassign { actor: Actor::person(), id, agent }).await
}

/// Let a blocked sub-task be claimed by anyone again.
#[utoipa::path(post, path = "/api/admin/sub-tasks/{id}/unblock", tag = "sub-tasks")]
async fn admin_unblock_sub_task(
    caller: AdminCaller,
    Path(id, _): Path<SubTaskRef>,
    BodyOrDefault(body): BodyOrDefault<Release>,
) -> Result<Written<SubTask>> {
    let (reason, attempt) = (body.reason.into_inner(), body.attempt.map(|n| n.0));
    caller.write(release::Release { actor: Actor::person(), id, reason, attempt }).await
}
