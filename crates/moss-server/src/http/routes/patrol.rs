//! What is amiss with the work and the team.

use std::sync::Arc;

use moss_api::requests::{JudgeAnomaly, NewAnomaly};
use moss_api::{Anomaly, Page, Scan, Severity, SubjectKind, Swept};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::patrol::records::{Filter, Judge, Records, Report, scan};
use crate::domain::patrol::sweep::Sweep;
use crate::http::extract::body::{Body, word, word_or};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::path::{AnomalyRef, Path};
use crate::http::extract::query::{Paging, Query, filter};
use crate::http::extract::role::Patrol;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(scan_anomalies))
        .routes(routes!(run_patrol))
        .routes(routes!(list_records, report_anomaly))
        .routes(routes!(judge_anomaly))
}

/// Look what is amiss now, the worst first. Nothing is recorded, and nothing done about it.
#[utoipa::path(get, path = "/api/patrol/anomalies", tag = "patrol")]
async fn scan_anomalies(caller: AgentCaller) -> Result<Json<Scan>> {
    let (timings, now) = (caller.app.config().timings(), caller.app.clock.now());
    Ok(Json(scan(caller.db(), &timings, now).await?))
}

/// Record what is amiss, act on it as `patrol.auto` says, and close what is over. A server does it by
/// itself, too, as often as `patrol.sweep` says.
#[utoipa::path(post, path = "/api/patrol/run", tag = "patrol")]
async fn run_patrol(caller: AgentCaller<Patrol>) -> Result<Written<Swept>> {
    let (timings, now) = (caller.app.config().timings(), caller.app.clock.now());
    let sweep = Sweep::look(caller.db(), &timings, now).await?;
    caller.write(sweep).await
}

/// Which records.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// In this state.
    #[serde(deserialize_with = "filter")]
    state: Option<String>,
    /// Of this kind.
    #[serde(rename = "type", deserialize_with = "filter")]
    kind: Option<String>,
    /// About this sub-task or agent: a whole id.
    #[serde(deserialize_with = "filter")]
    subject: Option<String>,
}

/// List what is and was amiss, newest first.
#[utoipa::path(get, path = "/api/patrol/records", tag = "patrol")]
async fn list_records(
    caller: AgentCaller,
    Query(Which { state, kind, subject }): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Anomaly>>> {
    let records = Records { filter: Filter { state, kind, subject }, page: page.into() };
    Ok(Json(records.run(caller.db()).await?))
}

/// Record what no rule sees.
#[utoipa::path(post, path = "/api/patrol/records", tag = "patrol")]
async fn report_anomaly(
    caller: AgentCaller<Patrol>,
    Body(body): Body<NewAnomaly>,
) -> Result<Written<Anomaly>> {
    let subject_kind = word_or(body.subject_kind, "subject_kind", SubjectKind::SubTask)?;
    let severity = word_or(body.severity, "severity", Severity::Warning)?;
    let (actor, detail) = (caller.actor.clone(), body.detail.into());
    caller.write(Report { actor, subject_kind, subject: body.subject, severity, detail }).await
}

/// Say what becomes of an anomaly. What is ignored wakes nobody while it is so, or until the time
/// named; what is still so cannot be resolved.
#[utoipa::path(put, path = "/api/patrol/records/{id}", tag = "patrol")]
async fn judge_anomaly(
    caller: AgentCaller<Patrol>,
    Path(id, _): Path<AnomalyRef>,
    Body(body): Body<JudgeAnomaly>,
) -> Result<Written<Anomaly>> {
    let state = word(body.status, "status")?;
    let note = body.note.map(Into::into).unwrap_or_default();
    let (actor, until) = (caller.actor.clone(), body.until);
    caller.write(Judge { actor, id, state, note, until }).await
}
