//! Questions of agents, and their answers.

use std::sync::Arc;

use moss_api::{Leftover, requests::Ask};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::questions::{self, About, Read};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{Path, QuestionRef, SubTaskRef, TaskRef};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(ask_about_sub_task))
        .routes(routes!(ask_about_task))
        .routes(routes!(list_questions))
        .routes(routes!(read_answer))
}

/// Ask about a sub-task. The planner answers; a person does when it is the planner that asks, or when
/// there is none. The answer wakes the caller.
#[utoipa::path(post, path = "/api/sub-tasks/{id}/ask", tag = "questions")]
async fn ask_about_sub_task(
    caller: AgentCaller,
    Path(id, _): Path<SubTaskRef>,
    Body(body): Body<Ask>,
) -> Result<Written<Leftover>> {
    ask(&caller, About::SubTask(id), body).await
}

/// Ask about a task. The planner answers; a person does when it is the planner that asks, or when there
/// is none. The answer wakes the caller.
#[utoipa::path(post, path = "/api/tasks/{id}/ask", tag = "questions")]
async fn ask_about_task(
    caller: AgentCaller,
    Path(id, _): Path<TaskRef>,
    Body(body): Body<Ask>,
) -> Result<Written<Leftover>> {
    ask(&caller, About::Task(id), body).await
}

async fn ask(caller: &AgentCaller, about: About, body: Ask) -> Result<Written<Leftover>> {
    let (actor, question) = (caller.actor.clone(), body.question.into_inner());
    caller.write(questions::Ask { actor, about, question }).await
}

/// List what the caller asked, newest first; at most 100.
#[utoipa::path(get, path = "/api/questions", tag = "questions")]
async fn list_questions(caller: AgentCaller) -> Result<Json<Vec<Leftover>>> {
    Ok(Json(questions::asked_by(caller.db(), &caller.actor.id).await?))
}

/// Say that one has read the answer to one's question: it wakes one no more.
#[utoipa::path(post, path = "/api/questions/{id}/read", tag = "questions")]
async fn read_answer(
    caller: AgentCaller,
    Path(id, _): Path<QuestionRef>,
) -> Result<Written<Leftover>> {
    caller.write(Read { actor: caller.actor.clone(), id }).await
}
