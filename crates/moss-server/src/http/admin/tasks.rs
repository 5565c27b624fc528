//! Tasks and modules, for the person in charge.

use std::sync::Arc;

use moss_api::admin::{AdminModule, AdminModuleInFull, AdminTask};
use moss_api::requests::{CreateTask, EditTask, SetTaskStatus};
use moss_api::{Page, Task, WorkType};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Actor;
use crate::domain::planning::tasks as planned;
use crate::domain::queries::admin::tasks::{self, By, Which};
use crate::http::extract::admin_list::{AdminList, choice, known};
use crate::http::extract::body::{Body, word, word_or};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{ModuleRef, Path, TaskRef};
use crate::http::extract::query::{Query, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_list_tasks, admin_create_task))
        .routes(routes!(admin_get_task, admin_edit_task))
        .routes(routes!(admin_set_task_status))
        .routes(routes!(admin_cancel_task))
        .routes(routes!(admin_list_modules))
        .routes(routes!(admin_get_module))
}

/// Which tasks, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichTasks {
    /// In this status.
    #[serde(deserialize_with = "text")]
    status: Option<String>,
    /// Of this type: `once` or `recurring`.
    #[serde(deserialize_with = "text")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// With this word in the name or description, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// `created_at`, `updated_at`, `name` or `status`.
    #[serde(deserialize_with = "text")]
    #[param(default = "created_at")]
    sort_by: Option<String>,
}

/// List tasks, with how many sub-tasks of each status they have.
#[utoipa::path(get, path = "/api/admin/tasks", tag = "tasks")]
async fn admin_list_tasks(
    caller: AdminCaller,
    Query(given): Query<WhichTasks>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminTask>>> {
    let (sort, page) = page.request()?;
    let by = [
        ("created_at", By::Created),
        ("updated_at", By::Updated),
        ("name", By::Name),
        ("status", By::Status),
    ];
    let order = (choice("sort_by", given.sort_by.as_deref(), &by)?, sort);
    let which = Which {
        status: known("status", given.status.as_deref())?,
        kind: known("type", given.kind.as_deref())?,
        word: given.keyword,
    };
    Ok(Json(tasks::list(caller.db(), &which, order, page).await?))
}

/// A task, with how many sub-tasks of each status it has.
#[utoipa::path(get, path = "/api/admin/tasks/{id}", tag = "tasks")]
async fn admin_get_task(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
) -> Result<Json<AdminTask>> {
    Ok(Json(tasks::one(caller.db(), &id).await?))
}

/// By what modules are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct ModulesBy {
    /// `created_at` or `name`.
    #[serde(deserialize_with = "text")]
    #[param(default = "created_at")]
    sort_by: Option<String>,
}

/// List a task's modules, with how many sub-tasks of each status they have.
#[utoipa::path(get, path = "/api/admin/tasks/{id}/modules", tag = "tasks")]
async fn admin_list_modules(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
    Query(given): Query<ModulesBy>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminModule>>> {
    let (sort, page) = page.request()?;
    let by = [("created_at", false), ("name", true)];
    let order = (choice("sort_by", given.sort_by.as_deref(), &by)?, sort);
    Ok(Json(tasks::modules(caller.db(), &id, order, page).await?))
}

/// A module, with how many sub-tasks of each status it has.
#[utoipa::path(get, path = "/api/admin/modules/{id}", tag = "tasks")]
async fn admin_get_module(
    caller: AdminCaller,
    Path(id, _): Path<ModuleRef>,
) -> Result<Json<AdminModuleInFull>> {
    Ok(Json(tasks::module(caller.db(), &id).await?))
}

/// Make a task, as a planner would. What the team is to plan by itself is given as a goal.
#[utoipa::path(post, path = "/api/admin/tasks", tag = "tasks")]
async fn admin_create_task(
    caller: AdminCaller,
    Body(body): Body<CreateTask>,
) -> Result<Written<Task>> {
    let create = planned::Create {
        actor: Actor::person(),
        name: body.name.into_inner(),
        description: body.description.into_inner(),
        kind: word_or(body.kind, "type", WorkType::Once)?,
    };
    caller.write(create).await
}

/// Change a task's texts.
#[utoipa::path(put, path = "/api/admin/tasks/{id}", tag = "tasks")]
async fn admin_edit_task(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
    Body(body): Body<EditTask>,
) -> Result<Written<Task>> {
    let edit = planned::Edit {
        actor: Actor::person(),
        id,
        name: body.name.map(Into::into),
        description: body.description.map(Into::into),
        patrol: body.patrol,
    };
    caller.write(edit).await
}

/// Open a task, close it, or put it away.
#[utoipa::path(put, path = "/api/admin/tasks/{id}/status", tag = "tasks")]
async fn admin_set_task_status(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
    Body(body): Body<SetTaskStatus>,
) -> Result<Written<Task>> {
    let to = word(body.status, "status")?;
    caller.write(planned::SetStatus { actor: Actor::person(), id, to }).await
}

/// Give a task up, with its open sub-tasks.
#[utoipa::path(post, path = "/api/admin/tasks/{id}/cancel", tag = "tasks")]
async fn admin_cancel_task(
    caller: AdminCaller,
    Path(id, _): Path<TaskRef>,
) -> Result<Written<Task>> {
    caller.write(planned::Cancel { actor: Actor::person(), id }).await
}
