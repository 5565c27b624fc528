//! The roles' SKILL.md files, which name this server and no key.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use moss_api::{Role, skill_for};

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Call, Id, Reply};
use crate::http::response::etag::{etag, unless_known};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/skills/{role}/SKILL.md", get(of_role))
        .route("/api/agents/me/skill", get(mine))
}

async fn of_role(Id(role): Id, call: Call) -> Reply {
    let role = role.parse().map_err(|_| {
        Refusal::not_found("role", &role).hint(format!("the roles are {}", Role::words()))
    })?;
    serve(&call, role, "text/markdown; charset=utf-8")
}

/// As the original sends it.
async fn mine(call: AgentCall) -> Reply {
    serve(&call, call.actor.role, "text/plain; charset=utf-8")
}

fn serve(call: &Call, role: Role, kind: &'static str) -> Reply {
    let text = skill_for(shipped(role), &call.app.url());
    let etag = etag(&text);
    unless_known(
        &call.headers,
        &etag,
        || Ok(([(header::CONTENT_TYPE, kind)], text).into_response()),
    )
}

const fn shipped(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../../../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../../../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../../../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../../../../skills/moss-patrol/SKILL.md"),
    }
}
