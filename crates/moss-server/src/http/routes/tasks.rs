//! Tasks and their modules.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use moss_api::{
    Module, Role, Task, TaskStatus, WorkType,
    requests::{CreateModule, CreateTask, EditTask, SetTaskStatus},
};

use crate::app::App;
use crate::domain::Error;
use crate::domain::planning::tasks;
use crate::domain::resolve;
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Id, Reply, json, word, word_or};
use crate::store;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/tasks", get(list).post(create))
        .route("/api/tasks/{id}", get(show).put(edit))
        .route("/api/tasks/{id}/status", put(set_status))
        .route("/api/tasks/{id}/cancel", post(cancel))
        .route("/api/tasks/{id}/modules", get(modules).post(create_module))
}

async fn list(call: AgentCall) -> Reply {
    let rows =
        store::tasks::list(call.app.store.read(), call.some_param("status"), call.page()?).await?;
    json(&rows.map(Task::from))
}

async fn show(Id(id): Id, call: AgentCall) -> Reply {
    let row = resolve::task(call.app.store.read(), &id).await?;
    let all_done = Some(row.all_done());
    json(&Task { all_done, ..row.into() })
}

async fn create(call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Planner])?;
    let body: CreateTask = call.body()?;
    call.write(tasks::Create {
        actor: call.actor.clone(),
        name: body.name.into_inner(),
        description: body.description.into_inner(),
        kind: word_or(body.kind, "type", WorkType::Once)?,
    })
    .await
}

async fn edit(Id(id): Id, call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Planner])?;
    let body: EditTask = call.body()?;
    call.write(tasks::Edit {
        actor: call.actor.clone(),
        id,
        name: body.name.map(Into::into),
        description: body.description.map(Into::into),
    })
    .await
}

async fn set_status(Id(id): Id, call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Planner])?;
    let body: SetTaskStatus = call.body()?;
    let to: TaskStatus = word(body.status, "status")?;
    call.write(tasks::SetStatus { actor: call.actor.clone(), id, to }).await
}

async fn cancel(Id(id): Id, call: AgentCall) -> Reply {
    call.write(tasks::Cancel { actor: call.actor.clone(), id }).await
}

/// An unknown task has no modules, as for the original.
async fn modules(Id(id): Id, call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let rows = match resolve::task_id(db, &id).await {
        Ok(id) => store::tasks::modules(db, &id).await?,
        Err(Error::Refused(no)) if no.code == moss_api::ErrorCode::NotFound => Vec::new(),
        Err(refusal) => return Err(refusal.into()),
    };
    json(&rows.into_iter().map(Module::from).collect::<Vec<_>>())
}

async fn create_module(Id(task): Id, call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Planner])?;
    let body: CreateModule = call.body()?;
    call.write(tasks::CreateModule {
        actor: call.actor.clone(),
        task,
        name: body.name.into_inner(),
        description: body.description.into_inner(),
    })
    .await
}
