//! What an agent asks and does about itself.

use std::sync::Arc;

use moss_api::{ErrorCode, KeyRotated, WhoAmI};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::access::keys::Rotate;
use crate::domain::{Refusal, queries};
use crate::http::extract::caller::AgentCaller;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, Written};
use crate::http::routes::agents::fresh;
use crate::security::secret::AgentKey;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(who_am_i)).routes(routes!(rotate_key))
}

/// Whose key this is, and where.
#[utoipa::path(get, path = "/api/agents/me", tag = "agents")]
async fn who_am_i(caller: AgentCaller) -> Result<Json<WhoAmI>> {
    let row = queries::agents::by_id(caller.db(), &caller.actor.id).await?;
    Ok(Json(WhoAmI {
        id: row.id,
        name: row.name,
        role: row.role.0.into(),
        status: row.status.0.into(),
        total_score: row.total_score,
        project: caller.app.config().project.name,
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        acted_by: caller.actor.acted_by(),
        key_ends_at: caller.key.as_ref().and_then(|key| key.ends_at),
    }))
}

/// Get a key that takes the place of the caller's own once it is used.
#[utoipa::path(post, path = "/api/agents/me/key", tag = "agents")]
async fn rotate_key(caller: AgentCaller) -> Result<Written<KeyRotated>> {
    let Some(key) = &caller.key else {
        let detail = "a key is exchanged with that key, not in its owner's place";
        let reset = format!("agent reset-key {}", moss_api::short_id(&caller.actor.id));
        return Err(Refusal::new(ErrorCode::NotCurrentKey, detail)
            .at_the_server("", &reset)
            .into());
    };
    let (current, next) = (key.id.clone(), fresh(AgentKey::generate())?);
    caller.write(Rotate { actor: caller.actor.clone(), current, next }).await
}
