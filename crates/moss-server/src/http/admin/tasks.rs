//! Tasks and modules, for the person in charge.

use std::sync::Arc;

use moss_api::Page;
use moss_api::admin::{AdminModule, AdminModuleInFull, AdminTask};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::tasks::{self, By, Which};
use crate::http::extract::admin_list::{AdminList, choice, known};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{ModuleRef, Path, TaskRef};
use crate::http::extract::query::Query;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::Json;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_list_tasks))
        .routes(routes!(admin_get_task))
        .routes(routes!(admin_list_modules))
        .routes(routes!(admin_get_module))
}

/// Which tasks, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichTasks {
    /// In this status.
    status: Option<String>,
    /// Of this type: `once` or `recurring`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// With this word in the name or description, in whatever case.
    keyword: Option<String>,
    /// `created_at`, `updated_at`, `name` or `status`.
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
