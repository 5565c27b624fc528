//! Scores and their ledger.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use moss_api::{RewardLog, Role, requests::AdjustScore};

use crate::app::App;
use crate::domain::{resolve, scores};
use crate::http::extract::auth::{AdminCall, AgentCall};
use crate::http::extract::request::{Id, Reply, json};
use crate::http::routes::sub_tasks::or_nothing;
use crate::store::agents::leaderboard;
use crate::store::reviews::{ledger, summary};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/scores/me", get(mine))
        .route("/api/scores/me/logs", get(my_ledger))
        .route("/api/scores/leaderboard", get(board))
        .route("/api/scores/adjust", post(adjust))
        .route("/api/scores/{id}", get(of_agent))
        .route("/api/scores/{id}/logs", get(ledger_of_agent))
}

async fn mine(call: AgentCall) -> Reply {
    json(&summary(call.app.store.read(), &call.me().await?).await?)
}

async fn my_ledger(call: AgentCall) -> Reply {
    let rows = ledger(call.app.store.read(), &call.actor.id, call.page()?).await?;
    json(&rows.map(RewardLog::from))
}

async fn board(call: AgentCall) -> Reply {
    json(&leaderboard(call.app.store.read()).await?)
}

async fn of_agent(Id(id): Id, call: AdminCall) -> Reply {
    let db = call.app.store.read();
    json(&summary(db, &resolve::agent(db, &id).await?).await?)
}

async fn ledger_of_agent(Id(id): Id, call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let agent = or_nothing(resolve::agent(db, &id).await.map(|row| row.id))?;
    json(&ledger(db, &agent, call.page()?).await?.map(RewardLog::from))
}

async fn adjust(call: AgentCall) -> Reply {
    call.actor.must_be(&[Role::Reviewer, Role::Planner])?;
    let body: AdjustScore = call.body()?;
    call.write(scores::Adjust {
        actor: call.actor.clone(),
        agent: body.agent_id,
        delta: body.score_delta.0,
        reason: body.reason.into_inner(),
        sub_task: body.sub_task_id,
    })
    .await
}
