//! An answer on its way out: what is kept of large ones until they are written.
//!
//! Who asks and does not read keeps the whole answer in memory. What it has beyond its first bytes
//! is taken from a [`Budget`] until the connection has written it or is gone. Downloads are not
//! counted: they are streamed, and have places of their own.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moss_api::ErrorCode;
use tower_http::request_id::RequestId;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::budget::{Budget, Share, UNCOUNTED};
use crate::http::dialect::dialect;
use crate::http::extract::address::address_of;
use crate::http::middleware::in_json;
use crate::http::response::error::Error;

/// What all answers have in common.
pub struct Outgoing {
    app: Arc<App>,
    large_answers: Budget,
}

impl Outgoing {
    /// Of one server.
    pub fn new(app: Arc<App>, large_answers: Budget) -> Arc<Self> {
        Arc::new(Self { app, large_answers })
    }
}

/// Stands beside the answer to a known caller: who that is.
#[derive(Clone)]
pub struct Answered(pub String);

/// An answer, and what it has of the budget: given back with the last of its bytes.
struct Kept {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Counts a large answer for as long as it is kept; refuses it when too many are, unless it says
/// what was done.
pub async fn keep(State(outgoing): State<Arc<Outgoing>>, request: Request, next: Next) -> Response {
    let address = address_of(&outgoing.app, request.extensions(), request.headers());
    let id = request.extensions().get::<RequestId>().cloned();
    let dialect = dialect(request.headers());
    let is_write = is_write(request.method());
    let mut response = next.run(request).await;
    let caller = response.extensions_mut().remove::<Answered>();
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    let Some(size) = size.filter(|size| *size > UNCOUNTED) else { return response };
    let mut share = outgoing.large_answers.share(&name_of(caller, address));
    if is_write {
        share.owe(size);
    } else if share.grow_to(size).is_err() {
        return in_json(too_much_unread().into_response(), id.as_ref(), dialect);
    }
    let (parts, body) = response.into_parts();
    // It is there as a whole already.
    match to_bytes(body, size).await {
        Ok(bytes) => {
            let bytes = Bytes::from_owner(Kept { bytes, _share: share });
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be gathered");
            let refusal = Refusal::new(ErrorCode::Internal, "the server made a bad answer");
            in_json(Error::from(refusal).into_response(), id.as_ref(), dialect)
        }
    }
}

/// Strangers are told apart by where they are.
fn name_of(caller: Option<Answered>, address: IpAddr) -> String {
    caller.map_or_else(|| address.to_string(), |Answered(caller)| caller)
}

/// Whether a request may change something, and is answered for it whatever is not read yet.
pub fn is_write(method: &Method) -> bool {
    !method.is_safe()
}

/// Answers of this caller, or of all, are kept that nobody reads.
pub fn too_much_unread() -> Error {
    Error::unavailable("too many large answers are not read yet")
}
