//! Invites: what the person in charge gives to hosts that register agents.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get};
use moss_api::{Invite, requests::CreateInvite};

use crate::app::App;
use crate::config::duration::Ttl;
use crate::domain::Refusal;
use crate::domain::access::invites;
use crate::http::extract::auth::AdminCall;
use crate::http::extract::request::{Id, Reply, json, word};
use crate::http::routes::agents::fresh;
use crate::security::secret::InviteToken;
use crate::store::invites::list;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/admin/invites", get(all).post(create))
        .route("/api/admin/invites/{id}", delete(revoke))
}

async fn create(call: AdminCall) -> Reply {
    let body: CreateInvite = call.body()?;
    let ttl = body.expires_in.map(|seconds| Ttl::from_seconds(seconds.0)).transpose();
    call.write(invites::Create {
        role: word(body.role, "role")?,
        uses: body.uses.map_or(1, |uses| uses.0),
        ttl: ttl.map_err(|problem| Refusal::bad_value("expires_in", problem))?.unwrap_or_default(),
        token: fresh(InviteToken::generate())?,
    })
    .await
}

async fn all(call: AdminCall) -> Reply {
    json(&list(call.app.store.read(), call.page()?).await?.map(Invite::from))
}

async fn revoke(Id(id): Id, call: AdminCall) -> Reply {
    call.write(invites::Revoke { id }).await
}
