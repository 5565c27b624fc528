//! The roles' SKILL.md files, which name this server and no key.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use moss_api::{Role, skill_for};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::caller::AnyCaller;
use crate::http::extract::path::{Path, RoleRef};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::etag::{Tagged, etag};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(skill))
}

/// A role's SKILL.md, which names this server.
#[utoipa::path(
    get, path = "/skills/{role}/SKILL.md", tag = "delivery",
    responses((status = 200, content_type = "text/markdown", body = String, description = "Markdown."))
)]
async fn skill(Path(role, _): Path<RoleRef>, caller: AnyCaller) -> Result<Tagged<Response>> {
    let role = role.parse().map_err(|_| {
        Refusal::not_found("role", &role).hint(format!("the roles are {}", Role::words()))
    })?;
    Ok(serve(&caller, role, HeaderValue::from_static("text/markdown; charset=utf-8")))
}

/// The shipped SKILL.md of a role, as this kind of text.
pub(super) fn serve(caller: &AnyCaller, role: Role, kind: HeaderValue) -> Tagged<Response> {
    let text = skill_for(shipped(role), &caller.app.url());
    let etag = etag(&text);
    Tagged::new(&caller.headers, &etag, || ([(header::CONTENT_TYPE, kind)], text).into_response())
}

const fn shipped(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../../../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../../../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../../../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../../../../skills/moss-patrol/SKILL.md"),
    }
}
