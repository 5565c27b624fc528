//! Is it there, what is it, and should it be sent requests.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use moss_api::{Health, SERVER_NAME};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::openapi::{OperationDoc, Output, routes};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready))
}

/// What the server says of itself: with 200 when it is well, with 503 when it is not.
struct Told(Health);

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let well = self.0.problem.is_none();
        let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, axum::Json(self.0)).into_response()
    }
}

impl Output for Told {
    fn describe(doc: &mut OperationDoc<'_>) {
        let schema = doc.schema::<Health>();
        doc.response("200", "It is well.", Some(schema.clone()));
        doc.response("503", "It is there and not well.", Some(schema));
    }
}

/// Is the server there, and what is it.
///
/// It is answered however many others ask at once.
#[utoipa::path(get, path = "/api/health", tag = "server")]
async fn health(State(app): State<Arc<App>>) -> Told {
    told(&app, app.writer.trouble().map(str::to_owned))
}

/// Should it be sent requests, rather than another server on the same database.
///
/// It should not while it is unwell, while its database does not answer, and once a newer server has
/// changed the schema; what it is sent all the same it answers as well as it can. Meant for a load
/// balancer: the database is asked once a second, however many ask.
#[utoipa::path(get, path = "/api/ready", tag = "server")]
async fn ready(State(app): State<Arc<App>>) -> Told {
    let problem = match app.writer.trouble() {
        Some(trouble) => Some(trouble.to_owned()),
        None => app.readiness.problem(app.store.read()).await,
    };
    told(&app, problem)
}

fn told(app: &App, problem: Option<String>) -> Told {
    Told(Health {
        status: if problem.is_none() { "ok" } else { "unwell" }.to_owned(),
        service: app.config().project.name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        server: Some(SERVER_NAME.to_owned()),
        time: Some(app.clock.now()),
        problem,
    })
}
