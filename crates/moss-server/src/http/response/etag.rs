//! Answers a client may have already.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use crate::http::extract::request::Reply;
use crate::security::secret::sha256_hex;

/// The tag of what `text` says.
pub(in crate::http) fn etag(text: &str) -> String {
    format!("\"{}\"", sha256_hex(text.as_bytes()).get(..32).unwrap_or_default())
}

/// The answer with its tag, or 304 without it when the client names that tag.
pub(in crate::http) fn unless_known(
    headers: &HeaderMap,
    etag: &str,
    answer: impl FnOnce() -> Reply,
) -> Reply {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let names = |known: &str| {
        known
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
    };
    let mut response =
        if known.is_some_and(names) { StatusCode::NOT_MODIFIED.into_response() } else { answer()? };
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}
