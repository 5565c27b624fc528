//! What a failed request says of the database: health hears of it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::domain::Error;

/// Stands beside the answer to a request that failed.
#[derive(Clone)]
pub struct Failed(pub Arc<Error>);

/// Tells the server of a failure that lies in its database.
pub async fn note(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(Failed(error)) = response.extensions_mut().remove() {
        app.note_failure(&error);
    }
    response
}
