//! What is served where: with `admin.bind`, everything of the person in charge at that address alone.

use axum::Router;
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use moss_api::{ADMIN_HEADER, ErrorCode};

use crate::domain::Refusal;
use crate::http::response::error::Error;

/// Marks a request that came where nothing of the person in charge is served.
#[derive(Clone, Copy)]
struct WithoutAdmin;

/// The same server for an address where nothing of the person in charge is served.
pub fn without_admin(router: Router) -> Router {
    router.layer(from_fn(async |mut request: Request, next: Next| {
        request.extensions_mut().insert(WithoutAdmin);
        next.run(request).await
    }))
}

/// Whether pages for people are served to this request.
pub(super) fn has_pages(extensions: &Extensions) -> bool {
    extensions.get::<WithoutAdmin>().is_none()
}

/// Refuses what is the person in charge's, where that is not served.
pub(super) async fn judge(request: Request, next: Next) -> Response {
    let is_served =
        has_pages(request.extensions()) || !is_admins(request.uri().path(), request.headers());
    if is_served { next.run(request).await } else { not_here() }
}

/// Refuses a page, where none is served.
pub(super) async fn pages_only(request: Request, next: Next) -> Response {
    if has_pages(request.extensions()) { next.run(request).await } else { not_here() }
}

fn not_here() -> Response {
    let detail = "nothing of the person in charge is served at this address";
    let hint = "ask at the address that admin.bind names in the server's configuration";
    Error::from(Refusal::new(ErrorCode::NoRoute, detail).hint(hint)).into_response()
}

fn is_admins(path: &str, headers: &HeaderMap) -> bool {
    let below = |folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    headers.contains_key(ADMIN_HEADER) || ["/api/admin", "/api/setup"].into_iter().any(below)
}
