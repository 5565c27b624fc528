//! Work that comes again.

use std::sync::Arc;

use moss_api::{Recurrence, Recurring};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::recurring::set::{Set, Stop, all, one};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{Path, RecurringRef};
use crate::http::extract::role::Planner;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_recurring)).routes(routes!(
        get_recurring,
        set_recurring,
        stop_recurring
    ))
}

/// List what comes again, what is due next first; at most 200.
#[utoipa::path(get, path = "/api/recurring", tag = "tasks")]
async fn list_recurring(caller: AgentCaller) -> Result<Json<Vec<Recurrence>>> {
    Ok(Json(all(caller.db()).await?))
}

/// When something comes again, with its last 50 rounds.
#[utoipa::path(get, path = "/api/recurring/{id}", tag = "tasks")]
async fn get_recurring(
    caller: AgentCaller,
    Path(id, _): Path<RecurringRef>,
) -> Result<Json<Recurrence>> {
    Ok(Json(one(caller.db(), &id).await?))
}

/// Say when a task or a sub-task comes again. Said again it changes nothing.
#[utoipa::path(put, path = "/api/recurring/{id}", tag = "tasks")]
async fn set_recurring(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<RecurringRef>,
    Body(recurring): Body<Recurring>,
) -> Result<Written<Recurrence>> {
    caller.write(Set { actor: caller.actor.clone(), id, recurring }).await
}

/// Say that it comes no more. Rounds that are open stay so.
#[utoipa::path(delete, path = "/api/recurring/{id}", tag = "tasks")]
async fn stop_recurring(
    caller: AgentCaller<Planner>,
    Path(id, _): Path<RecurringRef>,
) -> Result<Written<Recurrence>> {
    caller.write(Stop { actor: caller.actor.clone(), id }).await
}
