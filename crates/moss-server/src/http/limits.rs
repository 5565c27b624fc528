//! How much one caller may ask in a minute: by its key once that is known, and by its address before.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moss_api::ErrorCode;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::address::address_of;
use crate::http::extract::stranger::whole_seconds;
use crate::http::middleware::ANSWERED_ANYWAY;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::security::rates::Counted;

/// Counts a request of an address. The server's own machine asks as much as it likes: a proxy that
/// nobody has named would be everybody.
pub async fn by_address(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let address = address_of(&app, request.extensions(), request.headers());
    let is_exempt = address.is_loopback()
        || address.is_unspecified()
        || ANSWERED_ANYWAY.contains(&request.uri().path());
    if !is_exempt && let Err(error) = take(&app, &Counted::address(address)) {
        return error.into_response();
    }
    next.run(request).await
}

/// Counts a request of a caller who was let in: an agent by its id, the person in charge by the
/// session.
///
/// # Errors
/// [`ErrorCode::RateLimited`], with the seconds to wait.
pub fn by_key(app: &App, caller: &str) -> Result<()> {
    take(app, &Counted::key(caller))
}

fn take(app: &App, who: &Counted) -> Result<()> {
    let limit = app.read_config(|config| config.limits.of(who));
    let Err(wait) = app.rates.take(who, limit, app.clock.now()) else { return Ok(()) };
    let (whose, key) = if who.is_address() {
        ("from one address", "limits.per_address")
    } else {
        ("of one caller", "limits.per_key")
    };
    let detail = format!("more than {limit} requests {whose} in a minute");
    let hint = format!("wait as Retry-After says; {key} in the server's configuration sets it");
    Err(Error::Wait(Refusal::new(ErrorCode::RateLimited, detail).hint(hint), whole_seconds(wait)))
}
