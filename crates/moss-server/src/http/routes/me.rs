//! What an agent asks and does about itself.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use moss_api::{ErrorCode, WhoAmI};

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::access::keys::Rotate;
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Reply, json};
use crate::http::routes::agents::fresh;
use crate::security::secret::AgentKey;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/agents/me", get(me)).route("/api/agents/me/key", post(rotate))
}

async fn me(call: AgentCall) -> Reply {
    let row = call.me().await?;
    json(&WhoAmI {
        id: row.id,
        name: row.name,
        role: row.role.0.into(),
        status: row.status.0.into(),
        total_score: row.total_score,
        project: call.app.config().project.name,
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        acted_by: call.actor.acted_by(),
        key_ends_at: call.key.as_ref().and_then(|key| key.ends_at),
    })
}

async fn rotate(call: AgentCall) -> Reply {
    let Some(key) = &call.key else {
        let detail = "a key is exchanged with that key, not in its owner's place";
        return Err(Refusal::new(ErrorCode::NotCurrentKey, detail)
            .hint(format!("POST /api/admin/agents/{}/reset-key", call.actor.id))
            .into());
    };
    let (current, next) = (key.id.clone(), fresh(AgentKey::generate())?);
    call.write(Rotate { actor: call.actor.clone(), current, next }).await
}
