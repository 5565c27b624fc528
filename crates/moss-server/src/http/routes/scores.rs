//! Scores and their ledger.

use std::sync::Arc;

use moss_api::{LeaderboardRow, Page, RewardLog, ScoreSummary, requests::AdjustScore};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::scores::Ledger;
use crate::domain::queries::{self, Agent, Sort};
use crate::domain::scores;
use crate::http::extract::body::Body;
use crate::http::extract::caller::{AdminCaller, AgentCaller};
use crate::http::extract::path::{AgentRef, Path};
use crate::http::extract::query::{Paging, Query};
use crate::http::extract::role::ReviewerOrPlanner;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, List, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(my_score))
        .routes(routes!(my_ledger))
        .routes(routes!(leaderboard))
        .routes(routes!(adjust_score))
        .routes(routes!(agent_score))
        .routes(routes!(agent_ledger))
}

/// The caller's score, rank and ledger counts.
#[utoipa::path(get, path = "/api/scores/me", tag = "scores")]
async fn my_score(caller: AgentCaller) -> Result<Json<ScoreSummary>> {
    Ok(Json(queries::scores::summary(caller.db(), &caller.actor.id).await?))
}

/// The caller's ledger, newest first.
#[utoipa::path(get, path = "/api/scores/me/logs", tag = "scores")]
async fn my_ledger(
    caller: AgentCaller,
    Query(page): Query<Paging>,
) -> Result<Json<Page<RewardLog>>> {
    let agent = Agent::Id(caller.actor.id.clone());
    let ledger = Ledger { agent, sort: Sort::NewestFirst, page: page.into() };
    Ok(Json(ledger.run(caller.db()).await?))
}

/// All agents by score, best first.
#[utoipa::path(get, path = "/api/scores/leaderboard", tag = "scores")]
async fn leaderboard(caller: AgentCaller) -> Result<List<LeaderboardRow>> {
    Ok(queries::scores::leaderboard(caller.db()).await?.into())
}

/// An agent's score, rank and ledger counts.
#[utoipa::path(get, path = "/api/scores/{id}", tag = "scores")]
async fn agent_score(
    caller: AdminCaller,
    Path(id, _): Path<AgentRef>,
) -> Result<Json<ScoreSummary>> {
    Ok(Json(queries::scores::summary_of(caller.db(), &id).await?))
}

/// An agent's ledger, newest first; of an unknown agent, an empty one.
#[utoipa::path(get, path = "/api/scores/{id}/logs", tag = "scores")]
async fn agent_ledger(
    caller: AgentCaller,
    Path(id, _): Path<AgentRef>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<RewardLog>>> {
    let ledger = Ledger { agent: Agent::Named(id), sort: Sort::NewestFirst, page: page.into() };
    Ok(Json(ledger.run(caller.db()).await?))
}

/// Change an agent's score by hand.
#[utoipa::path(post, path = "/api/scores/adjust", tag = "scores")]
async fn adjust_score(
    caller: AgentCaller<ReviewerOrPlanner>,
    Body(body): Body<AdjustScore>,
) -> Result<Written<RewardLog>> {
    let adjust = scores::Adjust {
        actor: caller.actor.clone(),
        agent: body.agent_id,
        delta: body.score_delta.0,
        reason: body.reason.into_inner(),
        sub_task: body.sub_task_id,
    };
    caller.write(adjust).await
}
