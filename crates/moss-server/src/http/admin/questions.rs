//! What agents ask people.

use std::sync::Arc;

use moss_api::{Leftover, requests::AnswerLeftover};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::planning::questions::{AnswerAsPerson, for_people};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{Path, QuestionRef};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_questions_for_people)).routes(routes!(answer_question))
}

/// List what waits for a person's answer, oldest first; at most 100.
#[utoipa::path(get, path = "/api/admin/questions", tag = "questions")]
async fn list_questions_for_people(caller: AdminCaller) -> Result<Json<Vec<Leftover>>> {
    Ok(Json(for_people(caller.db()).await?))
}

/// Answer a question, whoever was to answer it. Answered is answered: the first answer stays.
#[utoipa::path(post, path = "/api/admin/questions/{id}/answer", tag = "questions")]
async fn answer_question(
    caller: AdminCaller,
    Path(id, _): Path<QuestionRef>,
    Body(body): Body<AnswerLeftover>,
) -> Result<Written<Leftover>> {
    caller.write(AnswerAsPerson { id, answer: body.answer.into_inner() }).await
}
