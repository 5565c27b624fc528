//! Invites: what the person in charge gives to hosts that register agents.

use std::sync::Arc;

use moss_api::{Invite, InviteCreated, LooseNumber, Message, Page, requests::CreateInvite};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::duration::Ttl;
use crate::domain::Refusal;
use crate::domain::access::invites;
use crate::domain::queries::Sort;
use crate::domain::queries::invites::InviteList;
use crate::http::extract::body::{Body, word};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{InviteRef, Path};
use crate::http::extract::query::{Paging, Query};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Created, Json, Written};
use crate::http::routes::agents::fresh;
use crate::security::secret::InviteToken;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_invites, create_invite)).routes(routes!(revoke_invite))
}

/// For how long something lets in, as `expires_in` says in seconds; for the default without it.
///
/// # Errors
/// When it is too short or too long.
pub(in crate::http) fn ttl_of(expires_in: Option<LooseNumber>) -> Result<Ttl> {
    let ttl = expires_in.map(|seconds| Ttl::from_seconds(seconds.0)).transpose();
    let ttl = ttl.map_err(|problem| Refusal::bad_value("expires_in", problem))?;
    Ok(ttl.unwrap_or_default())
}

/// Make an invite: a registration token for one role, some uses and some time.
#[utoipa::path(post, path = "/api/admin/invites", tag = "invites")]
async fn create_invite(
    caller: AdminCaller,
    Body(body): Body<CreateInvite>,
) -> Result<Created<InviteCreated>> {
    let made = caller.write(invites::Create {
        role: word(body.role, "role")?,
        uses: body.uses.map_or(1, |uses| uses.0),
        ttl: ttl_of(body.expires_in)?,
        agent_id: None,
        token: fresh(InviteToken::generate())?,
    });
    made.await.map(Created)
}

/// List the invites, newest first.
#[utoipa::path(get, path = "/api/admin/invites", tag = "invites")]
async fn list_invites(
    caller: AdminCaller,
    Query(page): Query<Paging>,
) -> Result<Json<Page<Invite>>> {
    let list = InviteList { sort: Sort::NewestFirst, page: page.into() };
    Ok(Json(list.run(caller.db()).await?))
}

/// Take an invite back.
#[utoipa::path(delete, path = "/api/admin/invites/{id}", tag = "invites")]
async fn revoke_invite(
    caller: AdminCaller,
    Path(id, _): Path<InviteRef>,
) -> Result<Written<Message>> {
    caller.write(invites::Revoke { id }).await
}
