//! What people are told of.

use std::sync::Arc;

use moss_api::{Acknowledged, Announcement, Notice, Page, requests};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::outbox::{AckNotices, NoticeList, TakeNotices};
use crate::http::extract::body::Body;
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::query::{Paging, Query, flag};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_notices))
        .routes(routes!(take_notices))
        .routes(routes!(ack_notices))
}

/// Which notices.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Only those that were not told yet.
    #[serde(deserialize_with = "flag")]
    pending: bool,
}

/// List what people are or were to be told, newest first.
#[utoipa::path(get, path = "/api/notices", tag = "notices")]
async fn list_notices(
    caller: AgentCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Notice>>> {
    let list = NoticeList { pending: which.pending, page: page.into() };
    Ok(Json(list.run(caller.db()).await?))
}

/// Take upon oneself what people are to be told: each notice goes to one of those who ask, for ten
/// minutes. Only the role of `notification.announcer` may; nothing is given while
/// `notification.enabled` is false.
#[utoipa::path(post, path = "/api/notices/claim", tag = "notices")]
async fn take_notices(caller: AgentCaller) -> Result<Written<Announcement>> {
    caller.app.look_again().await?;
    let (actor, announcing) = (caller.actor.clone(), caller.app.announcing());
    caller.write(TakeNotices { actor, announcing }).await
}

/// Say that notices were told.
#[utoipa::path(post, path = "/api/notices/ack", tag = "notices")]
async fn ack_notices(
    caller: AgentCaller,
    Body(body): Body<requests::AckNotices>,
) -> Result<Written<Acknowledged>> {
    caller.write(AckNotices { actor: caller.actor.clone(), ids: body.ids }).await
}
