//! The roles' SKILL.md files, which name this server and no key.

use std::io;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, GzBuilder};
use moss_api::{ErrorCode, Role, skill_for};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::caller::AnyCaller;
use crate::http::extract::path::{Path, RoleRef, SkillBundleRef};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::etag::{Tagged, etag};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(skill)).routes(routes!(skill_bundle))
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

/// A role's skill as a folder, in `ROLE.tar.gz`: what a host takes that unpacks skills.
#[utoipa::path(
    get, path = "/skills/{file}", tag = "delivery",
    responses((status = 200, content_type = "application/gzip", body = Vec<u8>, description = "An archive."))
)]
async fn skill_bundle(
    Path(file, _): Path<SkillBundleRef>,
    caller: AnyCaller,
) -> Result<Tagged<Response>> {
    let role =
        file.strip_suffix(".tar.gz").and_then(|role| role.parse().ok()).ok_or_else(|| {
            Refusal::not_found("bundle", &file)
                .hint(format!("they are ROLE.tar.gz; the roles are {}", Role::words()))
        })?;
    let text = skill_for(shipped(role), &caller.app.url());
    let archive = bundle(role, &text).map_err(|error| {
        tracing::error!(%error, "no skill bundle");
        Refusal::new(ErrorCode::Internal, "the bundle could not be made")
    })?;
    let kind = HeaderValue::from_static("application/gzip");
    let tag = etag(&text);
    Ok(Tagged::new(&caller.headers, &tag, || {
        ([(header::CONTENT_TYPE, kind)], archive).into_response()
    }))
}

/// The same bytes for the same text: nothing in it says when it was made.
fn bundle(role: Role, text: &str) -> io::Result<Vec<u8>> {
    let gz = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(gz);
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    archive.append_data(&mut header, format!("moss-{role}/SKILL.md"), text.as_bytes())?;
    archive.into_inner()?.finish()
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
