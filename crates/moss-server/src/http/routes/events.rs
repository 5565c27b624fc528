//! The stream of events: what happens, told as it happens to those whom it concerns.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::access::keys;
use crate::domain::stream::{Cursor, Heard, News, Place};
use crate::domain::{Actor, Refusal};
use crate::http::extract::caller::AgentOrTimer;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::net::connections::AtWork;
use crate::security::secret::AgentKey;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(events))
}

/// How often a stream without news says that it is there, and whether its listener is still let in
/// is looked at.
const BEAT: Duration = Duration::from_secs(15);
/// One listener.
struct Listener {
    app: Arc<App>,
    actor: Actor,
    key: Option<AgentKey>,
    news: Receiver<News>,
    /// What was heard before this stream.
    had: Cursor,
    /// How far it has read of what came before it, and how far that goes.
    read: Cursor,
    until: Cursor,
    has_caught_up: bool,
    waiting: VecDeque<String>,
    beat: Interval,
    _place: Place,
    _at_work: Option<AtWork>,
}

/// What happens, as server-sent events, from now on or from after `Last-Event-ID`. No sign of life
/// of the agent: whoever waits for it may listen.
#[utoipa::path(
    get, path = "/api/events", tag = "wake",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard.")),
    responses((status = 200, content_type = "text/event-stream", body = moss_api::Happening, description = "Each event's data."))
)]
async fn events(AgentOrTimer(caller): AgentOrTimer) -> Result<Response> {
    let last = match caller.headers.get("last-event-id") {
        None => None,
        Some(value) => {
            let cursor = value.to_str().ok().and_then(|word| word.parse::<Cursor>().ok());
            let refusal = || Refusal::bad_value("Last-Event-ID", "must be the id of an event");
            Some(cursor.ok_or_else(refusal)?)
        }
    };
    let app = caller.app.clone();
    let place = app
        .stream
        .place_of(&caller.actor.id)
        .ok_or_else(|| Error::unavailable("too many streams of events at once"))?;
    let heard = app.stream.listen(app.writer.commits()).await?;
    let Some(Heard { news, until }) = heard else {
        return Err(Error::unavailable("the server is shutting down"));
    };
    let had = match last {
        Some(last) if !app.stream.is_ahead(&last).await? => last,
        Some(_) | None => until.clone(),
    };
    let mut beat = interval_at(Instant::now() + BEAT, BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        actor: caller.actor.clone(),
        key: caller.sent_key().and_then(|key| AgentKey::parse(&key)),
        news,
        waiting: VecDeque::from([format!("id: {had}\n\n")]),
        read: had.clone(),
        has_caught_up: had == until,
        had,
        until,
        beat,
        _place: place,
        _at_work: caller.intake.at_work(),
        app,
    };
    let body = Body::from_stream(stream::unfold(listener, |mut listener| async move {
        let piece = listener.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), listener))
    }));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

impl Listener {
    /// What is to be sent next; none at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(piece) = self.waiting.pop_front() {
                return Some(piece);
            }
            if !self.has_caught_up {
                match self.app.stream.missed(&mut self.read, &self.until).await {
                    Ok(Some(news)) => news.iter().for_each(|news| self.tell(news)),
                    Ok(None) => self.has_caught_up = true,
                    Err(error) => {
                        self.app.note_failure(&error);
                        return None;
                    }
                }
                continue;
            }
            tokio::select! {
                // Who is too slow comes again; so does everybody when the server stops.
                news = self.news.recv() => self.tell(&news.ok()?),
                _ = self.beat.tick() => {
                    if !self.is_let_in().await {
                        return None;
                    }
                    self.waiting.push_back(":\n\n".to_owned());
                }
            }
        }
    }

    fn tell(&mut self, (happened, id): &News) {
        if self.had.covers(happened.seq()) {
            return;
        }
        let Some(told) = happened.told_to(&self.actor) else { return };
        let data = serde_json::to_string(&told).unwrap_or_default();
        self.waiting.push_back(format!("id: {id}\ndata: {data}\n\n"));
    }

    async fn is_let_in(&self) -> bool {
        let Some(key) = &self.key else { return true };
        let owner = keys::owner(&self.app.store, key, self.app.clock.now()).await;
        owner.is_ok_and(|owner| owner.status == moss_api::AgentStatus::Active)
    }
}
