//! The feed: who does what, for anyone, when `webui.public_feed` is on. What was said is never shown.

use std::sync::Arc;

use moss_api::admin::{FeedAgent, FeedAgentInShort, FeedRequest, FeedStatus};
use moss_api::{ErrorCode, LooseNumber, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::days::{DaysUntilToday, zone};
use crate::domain::queries::admin::feed;
use crate::http::extract::admin_list::within;
use crate::http::extract::caller::AnyCaller;
use crate::http::extract::query::{Query, filter};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, List};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(feed_status))
        .routes(routes!(feed_requests))
        .routes(routes!(feed_agents))
        .routes(routes!(feed_agents_in_short))
}

fn must_be_public(caller: &AnyCaller) -> Result<()> {
    if caller.app.config().webui.public_feed {
        return Ok(());
    }
    Err(Refusal::new(ErrorCode::FeedClosed, "the feed is not public")
        .hint("the person in charge opens it: webui.public_feed")
        .into())
}

/// Whether there is a feed.
#[utoipa::path(get, path = "/api/feed/status", tag = "feed")]
async fn feed_status(caller: AnyCaller) -> Result<Json<FeedStatus>> {
    Ok(Json(FeedStatus { enabled: caller.app.config().webui.public_feed }))
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
struct WhichRequests {
    /// After this time, as ISO 8601.
    #[serde(deserialize_with = "filter")]
    after: Option<String>,
    /// Of the agent with this id.
    #[serde(deserialize_with = "filter")]
    agent_id: Option<String>,
    /// Rows at most, 1 to 200.
    #[param(value_type = i64, default = 50, minimum = 1, maximum = 200)]
    limit: LooseNumber,
}

impl Default for WhichRequests {
    fn default() -> Self {
        Self { after: None, agent_id: None, limit: LooseNumber(50) }
    }
}

/// The newest requests of agents, without what was said.
#[utoipa::path(get, path = "/api/feed/logs", tag = "feed")]
async fn feed_requests(
    caller: AnyCaller,
    Query(given): Query<WhichRequests>,
) -> Result<List<FeedRequest>> {
    must_be_public(&caller)?;
    let limit = u64::try_from(within("limit", given.limit.0, 1, 200)?).unwrap_or(1);
    let after: Option<Timestamp> = match given.after.map(|text| text.parse()) {
        None => None,
        Some(Ok(time)) => Some(time),
        Some(Err(_)) => {
            return Err(Refusal::bad_value("after", "is no time, as 2026-03-31T12:00:00Z").into());
        }
    };
    Ok(feed::newest(caller.db(), given.agent_id.as_deref(), after, limit).await?.into())
}

/// The agents, by score; 200 at most.
#[utoipa::path(get, path = "/api/feed/agents", tag = "feed")]
async fn feed_agents(caller: AnyCaller) -> Result<List<FeedAgent>> {
    must_be_public(&caller)?;
    Ok(feed::of_all(caller.db()).await?.into())
}

/// The agents and what they do, by score; 200 at most.
#[utoipa::path(get, path = "/api/feed/agent-summary", tag = "feed")]
async fn feed_agents_in_short(caller: AnyCaller) -> Result<List<FeedAgentInShort>> {
    must_be_public(&caller)?;
    let today = DaysUntilToday::new(caller.app.clock.now(), &zone(None)?, 1).today();
    Ok(feed::in_short(caller.db(), today).await?.into())
}
