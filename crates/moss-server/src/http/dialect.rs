//! In whose words a caller is spoken to: `moss` says that it is one, and everybody else is taken for
//! the original's client.

use axum::http::{HeaderMap, HeaderValue, header};
use moss_api::NextStep;

use crate::domain::Refusal;
use crate::domain::rules::Dialect;

/// Of the caller with these headers.
pub(in crate::http) fn dialect(headers: &HeaderMap) -> Dialect {
    let agent = headers.get(header::USER_AGENT).map_or(&b""[..], HeaderValue::as_bytes);
    if agent.starts_with(b"moss/") { Dialect::Moss } else { Dialect::Original }
}

/// A refusal whose next step only the original's client has to be told in its own words: it knows
/// no other way to look at what was handed in.
pub(in crate::http) fn told(mut refusal: Refusal, headers: &HeaderMap) -> Refusal {
    if let (Dialect::Original, Some(NextStep::ShowHandedIn { id })) =
        (dialect(headers), &refusal.next)
    {
        refusal.hint = Some(format!("task-cli.py st get {id} shows it; then judge"));
    }
    refusal
}
