//! The wake-up packet.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use moss_api::{Timestamp, WakePacket, fit};

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::wake::{Asked, packet};
use crate::http::extract::auth::AgentCall;
use crate::http::extract::request::{Reply, json};
use crate::http::response::etag::{etag, unless_known};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/wake", get(wake))
}

/// The least a caller may ask the packet to fit into, in tokens.
const MIN_BUDGET: i64 = 100;
/// JSON spends about this many times the tokens its text form does.
const JSON_FACTOR: usize = 2;

async fn wake(call: AgentCall) -> Reply {
    let since = match call.some_param("since") {
        None => None,
        Some(text) => match text.parse() {
            Ok(micros) => Some(Timestamp::from_micros(micros)),
            Err(_) => {
                return Err(
                    Refusal::bad_value("since", "must be the cursor of an earlier answer").into()
                );
            }
        },
    };
    let asked = Asked { since, rules: call.some_param("rules").map(str::to_owned) };
    let context = call.app.wake_context();
    let mut packet = packet(call.app.store.read(), &call.me().await?, &asked, &context).await?;
    if let Some(budget) = call.int("max_tokens")? {
        let budget = usize::try_from(budget.max(MIN_BUDGET)).unwrap_or(usize::MAX);
        fit(&mut packet, budget.saturating_mul(JSON_FACTOR), |packet| {
            moss_api::tokens(&serde_json::to_string(packet).unwrap_or_default())
        });
    }
    let etag = packet_etag(&packet);
    unless_known(&call.headers, &etag, || json(&packet))
}

/// Changes when the packet says something else; the time it was made does not count.
fn packet_etag(packet: &WakePacket) -> String {
    let timeless = WakePacket { now: Timestamp::from_micros(0), ..packet.clone() };
    etag(&serde_json::to_string(&timeless).unwrap_or_default())
}
