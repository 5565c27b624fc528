//! Scores, for the person in charge.

use std::sync::Arc;

use moss_api::admin::{Adjusted, AdminLeaderboardRow, AdminRewardLog, ScoresInShort};
use moss_api::text::Text;
use moss_api::{LooseNumber, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::admin::scores::{self, By, Sign, Which, WhichLines};
use crate::domain::{Actor, Refusal};
use crate::http::extract::admin_list::{AdminList, choice, known};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::query::{Query, filter, number, text};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin_scores_in_short))
        .routes(routes!(admin_leaderboard))
        .routes(routes!(admin_ledger))
        .routes(routes!(admin_adjust_score))
}

/// The scores of all agents, in a few numbers.
#[utoipa::path(get, path = "/api/admin/scores/summary", tag = "scores")]
async fn admin_scores_in_short(caller: AdminCaller) -> Result<Json<ScoresInShort>> {
    Ok(Json(scores::in_short(caller.db()).await?))
}

/// Which agents, and by what they are sorted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichAgents {
    /// Of this role.
    #[serde(deserialize_with = "text")]
    role: Option<String>,
    /// `active` or `disabled`; `removed` for those that are in no other list.
    #[serde(deserialize_with = "text")]
    status: Option<String>,
    /// With this word in the name or description, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
    /// With this score or a higher one.
    #[serde(deserialize_with = "number")]
    score_min: Option<i64>,
    /// With this score or a lower one.
    #[serde(deserialize_with = "number")]
    score_max: Option<i64>,
    /// `total_score`, `rank`, `created_at` or `last_score_at`.
    #[serde(deserialize_with = "text")]
    #[param(default = "total_score")]
    sort_by: Option<String>,
}

/// List agents by their score. Who has the same score shares a rank.
#[utoipa::path(get, path = "/api/admin/scores/leaderboard", tag = "scores")]
async fn admin_leaderboard(
    caller: AdminCaller,
    Query(given): Query<WhichAgents>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminLeaderboardRow>>> {
    let (sort, page) = page.request()?;
    let by = [
        ("total_score", By::Score),
        ("rank", By::Rank),
        ("created_at", By::Created),
        ("last_score_at", By::LastScore),
    ];
    let order = (choice("sort_by", given.sort_by.as_deref(), &by)?, sort);
    let (at_least, at_most) = (given.score_min, given.score_max);
    if at_least.zip(at_most).is_some_and(|(least, most)| least > most) {
        return Err(Refusal::bad_value("score_min", "is above score_max").into());
    }
    let which = Which {
        role: known("role", given.role.as_deref())?,
        status: known("status", given.status.as_deref())?,
        word: given.keyword,
        at_least,
        at_most,
    };
    Ok(Json(scores::leaderboard(caller.db(), &which, order, page).await?))
}

/// Which lines.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Lines {
    /// Of the agent with this id.
    #[serde(deserialize_with = "filter")]
    agent_id: Option<String>,
    /// For the sub-task with this id.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// `positive` or `negative`.
    #[serde(deserialize_with = "text")]
    score_sign: Option<String>,
    /// With this word in the reason, in whatever case.
    #[serde(deserialize_with = "text")]
    keyword: Option<String>,
}

/// List the lines of all ledgers.
#[utoipa::path(get, path = "/api/admin/scores/logs", tag = "scores")]
async fn admin_ledger(
    caller: AdminCaller,
    Query(given): Query<Lines>,
    Query(page): Query<AdminList>,
) -> Result<Json<Page<AdminRewardLog>>> {
    let (sort, page) = page.request()?;
    let signs = [("positive", Sign::Positive), ("negative", Sign::Negative)];
    let sign =
        given.score_sign.map(|word| choice("score_sign", Some(&word), &signs)).transpose()?;
    let which = WhichLines {
        agent_id: given.agent_id,
        sub_task_id: given.sub_task_id,
        sign,
        word: given.keyword,
    };
    Ok(Json(scores::lines(caller.db(), &which, sort, page).await?))
}

/// A change of a score.
#[derive(Deserialize, ToSchema)]
#[schema(as = AdminAdjustScore)]
struct Adjust {
    /// Whose: a name, an id, or the beginning of the id.
    agent_id: String,
    /// By how much; not 0.
    #[schema(value_type = i64)]
    score_delta: LooseNumber,
    /// Why; 80 characters at most.
    reason: Text,
    /// What for: the id of a sub-task.
    #[serde(default)]
    sub_task_id: Option<String>,
}

/// Change an agent's score by hand.
#[utoipa::path(post, path = "/api/admin/scores/adjust", tag = "scores")]
async fn admin_adjust_score(
    caller: AdminCaller,
    Body(body): Body<Adjust>,
) -> Result<Written<Adjusted>> {
    let adjust = crate::domain::scores::Adjust {
        actor: Actor::person(),
        agent: body.agent_id,
        delta: body.score_delta.0,
        reason: body.reason.into_inner(),
        sub_task: body.sub_task_id,
    };
    caller.write(adjust.by_admin()?).await
}
