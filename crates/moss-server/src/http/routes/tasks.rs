//! Tasks and their modules.

use std::sync::Arc;

use moss_api::{
    Module, Page, Task, TaskStatus, WorkType,
    requests::{CreateModule, CreateTask, EditTask, Leave, SetTaskStatus},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::leave::{Judgement, LeaveTask};
use crate::domain::planning::tasks;
use crate::domain::queries::tasks::TaskList;
use crate::domain::queries::{self, Sort};
use crate::http::extract::body::{Body, BodyOrDefault, word, word_or};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{Path, TaskRef};
use crate::http::extract::query::{Offset, Paging, Query, filter};
use crate::http::extract::role::Planner;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, List, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_tasks, create_task))
        .routes(routes!(get_task, edit_task))
        .routes(routes!(set_task_status))
        .routes(routes!(cancel_task))
        .routes(routes!(leave_task))
        .routes(routes!(list_modules, create_module))
}

/// Which tasks.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// In this status.
    #[serde(deserialize_with = "filter")]
    status: Option<String>,
}

/// List the tasks, newest first.
#[utoipa::path(get, path = "/api/tasks", tag = "tasks")]
async fn list_tasks(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Task>>> {
    let list = TaskList { status: which.status, sort: Sort::NewestFirst, page: page.into() };
    Ok(Json(list.run(caller.db()).await?))
}

/// Show a task.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "tasks")]
async fn get_task(caller: AgentCaller, Path(id, _): Path<TaskRef>) -> Result<Json<Task>> {
    Ok(Json(queries::tasks::task(caller.db(), &id).await?))
}

/// Make a task; it is in planning, so that nothing of it is offered yet.
#[utoipa::path(post, path = "/api/tasks", tag = "tasks")]
async fn create_task(
    caller: AgentCaller<Planner>,
    Body(body): Body<CreateTask>,
) -> Result<Written<Task>> {
    let create = tasks::Create {
        actor: caller.actor.clone(),
        name: body.name.into_inner(),
        description: body.description.into_inner(),
        kind: word_or(body.kind, "type", WorkType::Once)?,
    };
    caller.write(create).await
}

/// Change a task's texts.
#[utoipa::path(put, path = "/api/tasks/{id}", tag = "tasks")]
async fn edit_task(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<TaskRef>,
    Body(body): Body<EditTask>,
) -> Result<Written<Task>> {
    let edit = tasks::Edit {
        actor: caller.actor.clone(),
        id,
        name: body.name.map(Into::into),
        description: body.description.map(Into::into),
        patrol: body.patrol,
    };
    caller.write(edit).await
}

/// Open a task, close it, or put it away.
#[utoipa::path(put, path = "/api/tasks/{id}/status", tag = "tasks")]
async fn set_task_status(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<TaskRef>,
    Body(body): Body<SetTaskStatus>,
) -> Result<Written<Task>> {
    let to: TaskStatus = word(body.status, "status")?;
    caller.write(tasks::SetStatus { actor: caller.actor.clone(), id, to }).await
}

/// Give a task up, with its open sub-tasks.
#[utoipa::path(post, path = "/api/tasks/{id}/cancel", tag = "tasks")]
async fn cancel_task(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<TaskRef>,
) -> Result<Written<Task>> {
    caller.write(tasks::Cancel { actor: caller.actor.clone(), id }).await
}

/// Leave a task as it is: the planner is not woken by it again until it changes, or until the time
/// named.
#[utoipa::path(post, path = "/api/tasks/{id}/leave", tag = "tasks")]
async fn leave_task(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<TaskRef>,
    BodyOrDefault(body): BodyOrDefault<Leave>,
) -> Result<Written<Task>> {
    caller.write(LeaveTask(Judgement::of(caller.actor.clone(), id, body))).await
}

/// List a task's modules, first to last; an unknown task has none.
#[utoipa::path(get, path = "/api/tasks/{id}/modules", tag = "tasks")]
async fn list_modules(
    caller: AgentCaller,
    Path(id, _): Path<TaskRef>,
    Query(offset): Query<Offset>,
) -> Result<List<Module>> {
    Ok(List(queries::tasks::modules(caller.db(), &id, offset.rows()).await?))
}

/// Add a module to a task.
#[utoipa::path(post, path = "/api/tasks/{id}/modules", tag = "tasks")]
async fn create_module(
    caller: AgentCaller<Planner>,
    Path(task, _): Path<TaskRef>,
    Body(body): Body<CreateModule>,
) -> Result<Written<Module>> {
    let create = tasks::CreateModule {
        actor: caller.actor.clone(),
        task,
        name: body.name.into_inner(),
        description: body.description.into_inner(),
    };
    caller.write(create).await
}
