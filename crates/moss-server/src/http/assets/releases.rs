//! Releases: public, and streamed, since they are the only large answers there are.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use moss_api::ErrorCode;
use moss_api::release::{FileName, MANIFEST_NAME};
use tokio::time::Instant;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::downloads::{Download, SLOW};
use crate::http::extract::path::{Path, ReleaseFileRef};
use crate::http::extract::stranger;
use crate::http::openapi::{Input, OperationDoc, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::http::response::etag::Tagged;
use crate::net::connections::{AtWork, Connection};
use crate::releases::Opened;
use crate::security::throttle::Guesser;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(release_file))
}

/// Bytes read at once; each download holds so many.
const CHUNK: usize = 64 * 1024;
/// A download not over by then is cut off: it would keep its place from others. 64 MiB take it
/// at 75 kB a second.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// When somebody should come again who found every place taken, in seconds: by then whoever is
/// slow gives a place up.
const RETRY_AFTER: u64 = SLOW.as_secs();

/// Who reads, and over which connection.
struct Reader {
    guesser: Guesser,
    connection: Option<Connection>,
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let guesser = stranger::at_address(parts, app);
        Ok(Self { guesser, connection: parts.extensions.get().cloned() })
    }
}

impl Input for Reader {
    fn describe(_: &mut OperationDoc<'_>) {}
}

/// A file of a release; `manifest.json` says which there are.
#[utoipa::path(
    get, path = "/releases/{file}", tag = "delivery",
    responses(
        (status = 200, content_type = "application/octet-stream", description = "The file."),
        (status = 304, description = "The client has it."),
        (status = 307, description = "It is somewhere else."),
    )
)]
async fn release_file(
    State(app): State<Arc<App>>,
    Path(name, _): Path<ReleaseFileRef>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response> {
    let Ok(name) = name.parse::<FileName>() else { return not_found(&app, None) };
    let at_work = reader.connection.as_ref().map(Connection::at_work);
    let Some(download) = app.downloads.begin(reader.guesser, reader.connection) else {
        let refusal = Refusal::new(ErrorCode::Unavailable, "too many downloads at once");
        return Err(Error::Wait(refusal, RETRY_AFTER));
    };
    let (releases, wanted) = (app.releases.clone(), name.clone());
    let opened = match tokio::task::spawn_blocking(move || releases.open(&wanted)).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("the release file {name} cannot be read: {error}");
            return not_found(&app, None);
        }
        Ok(Err(_)) | Err(_) => return not_found(&app, Some(&name)),
    };
    let tag = opened.tag.to_string();
    let answer = || {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind(name.as_str()))),
            (header::CONTENT_LENGTH, HeaderValue::from(opened.size())),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CACHE_CONTROL, CHECK_EACH_TIME.1),
        ];
        (headers, stream_of(opened, download, at_work)).into_response()
    };
    Ok(Tagged::new(&headers, &tag, answer).into_response())
}

/// A cache may keep it and asks each time whether it is still so, which the tag makes cheap: names
/// stay while releases change.
pub(in crate::http) const CHECK_EACH_TIME: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        _ if name == MANIFEST_NAME => "application/json",
        Some((_, "gz")) => "application/gzip",
        _ if name == "SHA256SUMS" => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

/// The file as a body, which gives its place back when it ends or is dropped.
fn stream_of(opened: Opened, download: Download, at_work: Option<AtWork>) -> Body {
    let until = Instant::now() + DOWNLOAD_TIMEOUT;
    Body::from_stream(stream::try_unfold((opened, 0), move |(mut opened, read)| {
        let _at_work = &at_work;
        let may_go_on = download.may_go_on() && Instant::now() <= until;
        async move {
            if read == opened.size() {
                return Ok(None);
            }
            if !may_go_on {
                return Err(std::io::Error::from(std::io::ErrorKind::TimedOut));
            }
            let next = tokio::task::spawn_blocking(move || {
                opened.next(read, CHUNK).map(|bytes| (opened, bytes))
            });
            let (opened, bytes) = next.await??;
            let read = read + bytes.len() as u64;
            Ok(Some((bytes, (opened, read))))
        }
    }))
}

fn not_found(app: &App, name: Option<&FileName>) -> Result<Response> {
    match (app.config().releases.elsewhere(), name) {
        (Some(folder), Some(name)) => {
            Ok(Redirect::temporary(&format!("{folder}/{name}")).into_response())
        }
        (Some(_), None) | (None, _) => {
            let refusal = Refusal::new(ErrorCode::NotFound, "there is no such release file");
            Err(refusal.hint("GET /releases/manifest.json names those there are").into())
        }
    }
}
