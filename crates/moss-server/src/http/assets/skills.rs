//! The roles' SKILL.md files, which name this server and no key.

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use moss_api::{Role, skill_for};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::caller::{AgentCaller, AnyCaller};
use crate::http::extract::path::{Path, RoleRef};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::etag::{Tagged, etag};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(skill)).routes(routes!(my_skill))
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
    serve(&caller, role, "text/markdown; charset=utf-8")
}

/// The SKILL.md of the caller's role, as the original sends it.
#[utoipa::path(
    get, path = "/api/agents/me/skill", tag = "agents",
    responses((status = 200, content_type = "text/plain", body = String, description = "Markdown."))
)]
async fn my_skill(caller: AgentCaller) -> Result<Tagged<Response>> {
    serve(&caller, caller.actor.role, "text/plain; charset=utf-8")
}

fn serve(caller: &AnyCaller, role: Role, kind: &'static str) -> Result<Tagged<Response>> {
    let text = skill_for(shipped(role), &caller.app.url());
    let etag = etag(&text);
    Ok(Tagged::new(&caller.headers, &etag, || {
        ([(header::CONTENT_TYPE, kind)], text).into_response()
    }))
}

const fn shipped(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../../../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../../../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../../../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../../../../skills/moss-patrol/SKILL.md"),
    }
}
