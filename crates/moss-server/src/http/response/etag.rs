//! Answers a client may have already.

use std::marker::PhantomData;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::openapi::{OperationDoc, Output};
use crate::security::secret::sha256_hex;

/// The tag of what `text` says.
pub(in crate::http) fn etag(text: &str) -> String {
    format!("\"{}\"", sha256_hex(text.as_bytes()).get(..32).unwrap_or_default())
}

/// An answer with its tag; 304 without it when the client names that tag.
pub(in crate::http) struct Tagged<T>(Response, PhantomData<T>);

impl<T: IntoResponse> Tagged<T> {
    /// `answer` makes the answer, unless the client has it.
    pub fn new(headers: &HeaderMap, etag: &str, answer: impl FnOnce() -> T) -> Self {
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let names = |known: &str| {
            known
                .split(',')
                .map(str::trim)
                .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
        };
        let mut response = if known.is_some_and(names) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            answer().into_response()
        };
        if let Ok(value) = HeaderValue::from_str(etag) {
            response.headers_mut().insert(header::ETAG, value);
        }
        Self(response, PhantomData)
    }
}

impl<T> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<T: Output> Output for Tagged<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        T::describe(doc);
        doc.header("if-none-match", "The tag of the answer the client has.");
        doc.response("304", "The client has it.", None);
    }
}
