//! The wake-up packet.

use std::sync::Arc;

use moss_api::{MAX_ANSWER_BYTES, Timestamp, WakePacket, fit, tokens_at_most};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::offers::{self, Answer, Outcome, Question};
use crate::domain::wake::{Asked, packet};
use crate::domain::work::look::Shown;
use crate::domain::{Refusal, queries};
use crate::http::extract::caller::{AgentCaller, AgentOrTimer};
use crate::http::extract::query::{Query, filter, flag, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::etag::{Tagged, etag};
use crate::http::response::json::Json;
use crate::http::shown;
use crate::writer::WriteError;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(wake))
}

/// The least a caller may ask the packet to fit into, in tokens.
const MIN_BUDGET: i64 = 100;
/// JSON spends about this many times the tokens its text form does.
const JSON_FACTOR: usize = 2;

/// What an answer has room for, in tokens of at most eight bytes.
const MAX_BUDGET: usize = MAX_ANSWER_BYTES / 8;

/// What the caller has already, and how much it can take.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Wanted {
    /// The cursor of an earlier packet: what changed since then is told.
    #[serde(deserialize_with = "filter")]
    since: Option<String>,
    /// About how many tokens the packet may take, 100 at least.
    #[serde(deserialize_with = "number")]
    max_tokens: Option<i64>,
    /// The version of the rules the caller has; their text is left out then. `none` leaves it out
    /// in any case.
    #[serde(deserialize_with = "filter")]
    rules: Option<String>,
    /// The sub-task to show first and whole, if the packet has it: its id.
    #[serde(deserialize_with = "filter")]
    first: Option<String>,
    /// Whether a timer asks, to find out whether there is anything to wake its agent for. That is
    /// no sign of life of the agent, and the same work is offered again less and less often when
    /// nothing comes of it: `withheld` says so.
    #[serde(deserialize_with = "flag")]
    gate: bool,
    /// Whether nobody reads the packet: it counts as not shown and not offered then.
    #[serde(deserialize_with = "flag")]
    trial: bool,
}

/// All an agent needs to know when it wakes up.
#[utoipa::path(get, path = "/api/wake", tag = "wake")]
async fn wake(
    AgentOrTimer(caller): AgentOrTimer,
    Query(wanted): Query<Wanted>,
) -> Result<Tagged<Json<WakePacket>>> {
    if !wanted.gate && !wanted.trial {
        caller.shows_life().await?;
    }
    let since = wanted.since.map(|text| cursor(&text)).transpose()?;
    let asked = Asked { since, rules: wanted.rules, first: wanted.first, by_timer: wanted.gate };
    let context = caller.app.wake_context();
    let mut packet = {
        // Its parts fit together, and one connection answers them all.
        let db = queries::snapshot(caller.db()).await?;
        let me = queries::agents::by_id(&db, &caller.actor.id).await?;
        packet(&db, &me, &asked, &context).await?
    };
    if wanted.gate {
        offer(&caller, &mut packet, wanted.trial).await?;
    }
    let budget = wanted.max_tokens.unwrap_or(i64::MAX).max(MIN_BUDGET);
    let budget = usize::try_from(budget).unwrap_or(usize::MAX).saturating_mul(JSON_FACTOR);
    fit(&mut packet, budget.min(MAX_BUDGET), |packet| {
        tokens_at_most(&serde_json::to_string(packet).unwrap_or_default())
    });
    if !wanted.trial {
        shown::note(&caller, Shown::in_packet(&packet)).await;
    }
    let etag = packet_etag(&packet);
    Ok(Tagged::new(&caller.headers, &etag, || Json(packet)))
}

/// Hands the packet to the timer that asks, or takes out of it what is not offered now. Whoever only
/// wants to know what a timer would be told is told, and nothing is written.
async fn offer(caller: &AgentCaller, packet: &mut WakePacket, trial: bool) -> Result<()> {
    let (app, actor) = (&caller.app, &caller.actor);
    let (now, looks_only) = (app.clock.now(), trial || actor.by_admin);
    let question = Question {
        actor: actor.clone(),
        key: caller.idempotency_key()?,
        now,
        tick: if looks_only { None } else { app.ticks.note(&actor.id, now) },
        ignored_after: app.read_config(|config| config.patrol.unanswered_packets).into(),
    };
    let offer = match offers::answer(caller.db(), &question, packet).await? {
        Answer::AsItIs => return Ok(()),
        Answer::NotNow(why) => {
            offers::withhold(packet, why);
            return Ok(());
        }
        Answer::Offer(_) if looks_only => return Ok(()),
        Answer::Offer(offer) => offer,
    };
    let not_now = offer.not_now();
    let answer = app.writer.write(*offer, None).await?;
    let outcome: Outcome = serde_json::from_str(&answer.body).map_err(WriteError::from)?;
    if let Some(news) = outcome.news {
        tracing::warn!("{news}");
    }
    if !outcome.is_offered {
        offers::withhold(packet, not_now);
    }
    Ok(())
}

fn cursor(text: &str) -> Result<i64> {
    let is_none = |_| Refusal::bad_value("since", "must be the cursor of an earlier answer");
    Ok(text.parse().map_err(is_none)?)
}

/// Changes when the packet says something else; the time it was made does not count.
fn packet_etag(packet: &WakePacket) -> String {
    let timeless = WakePacket { now: Timestamp::from_micros(0), ..packet.clone() };
    etag(&serde_json::to_string(&timeless).unwrap_or_default())
}
