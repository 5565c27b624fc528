//! Around every request: the version header, and a bound on how many there are.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorCode, VERSION_HEADER};

use crate::domain::Refusal;
use crate::http::response::error::Failure;

/// Requests in progress at once; each may hold a body of 1 MiB.
const MAX_IN_PROGRESS: usize = 512;

static IN_PROGRESS: AtomicUsize = AtomicUsize::new(0);

/// Says on every answer which server this is.
pub async fn version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let name = HeaderName::from_static(VERSION_HEADER);
    response.headers_mut().insert(name, HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
    response
}

/// Sends callers away when too much is going on, so that memory stays bounded.
pub async fn bounded(request: Request, next: Next) -> Response {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            IN_PROGRESS.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let others = IN_PROGRESS.fetch_add(1, Ordering::Relaxed);
    let _place = Place;
    if others >= MAX_IN_PROGRESS {
        let refusal = Refusal::new(ErrorCode::Unavailable, "too many requests at once");
        return Failure::Wait(refusal, 1).into_response();
    }
    next.run(request).await
}
