//! Webhooks: what is on its way, what did not arrive, and a test.

use std::sync::Arc;

use moss_api::{Delivery, Page, WebhookTest};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::webhooks::{TryAgain, list};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{DeliveryRef, Path};
use crate::http::extract::query::{Paging, Query, filter};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};
use crate::webhooks::test;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_deliveries))
        .routes(routes!(retry_delivery))
        .routes(routes!(test_webhooks))
}

/// Which deliveries.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// In this state: pending, delivered or dead.
    #[serde(deserialize_with = "filter")]
    state: Option<String>,
}

/// List what is, was or could not be posted to webhooks, newest first.
#[utoipa::path(get, path = "/api/admin/deliveries", tag = "notices")]
async fn list_deliveries(
    caller: AdminCaller,
    Query(which): Query<Which>,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Delivery>>> {
    Ok(Json(list(caller.db(), which.state.as_deref(), page.into()).await?))
}

/// Post once more what was given up.
#[utoipa::path(post, path = "/api/admin/deliveries/{id}/retry", tag = "notices")]
async fn retry_delivery(
    caller: AdminCaller,
    Path(id, _): Path<DeliveryRef>,
) -> Result<Written<Delivery>> {
    caller.write(TryAgain { id }).await
}

/// Post a test to every webhook there is, and say what came of it.
#[utoipa::path(post, path = "/api/admin/webhooks/test", tag = "notices")]
async fn test_webhooks(caller: AdminCaller) -> Result<Json<Vec<WebhookTest>>> {
    Ok(Json(test(&caller.app).await?))
}
