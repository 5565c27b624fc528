//! In whose words a caller is spoken to: `moss` says that it is one, and everybody else is taken for
//! the original's client.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::rules::Dialect;

/// Of the caller with these headers.
pub(in crate::http) fn dialect(headers: &HeaderMap) -> Dialect {
    let agent = headers.get(header::USER_AGENT).map_or(&b""[..], HeaderValue::as_bytes);
    if agent.starts_with(b"moss/") { Dialect::Moss } else { Dialect::Original }
}
