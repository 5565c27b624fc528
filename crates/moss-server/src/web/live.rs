//! `/live`: tells an open page that something has changed, as server-sent events. What, the page asks for
//! again by its own address: so it shows nothing that its address would not.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use crate::app::App;
use crate::domain::access::admin_sessions::wants_noting;
use crate::domain::stream::{Heard, News, Place};
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/live", get(live))
}

/// How often a stream without news says that it is there, and whether its session lives is looked at.
const BEAT: Duration = Duration::from_secs(15);
/// What changes within so long is told at once.
const TOGETHER: Duration = Duration::from_millis(500);

/// An open page.
struct Listener {
    app: Arc<App>,
    /// What its session is known by.
    session: String,
    news: Receiver<News>,
    beat: Interval,
    has_begun: bool,
    _place: Place,
}

async fn live(State(app): State<Arc<App>>, person: Person) -> Response {
    let session = person.session.hash;
    let Some(place) = app.stream.place_of(&session) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let Ok(Some(Heard { news, .. })) = app.stream.listen(app.writer.commits()).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut beat = interval_at(Instant::now() + BEAT, BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener { app, session, news, beat, has_begun: false, _place: place };
    let body = Body::from_stream(stream::unfold(listener, |mut listener| async move {
        let piece = listener.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), listener))
    }));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

impl Listener {
    /// What is to be sent next; none at the end.
    async fn next(&mut self) -> Option<&'static str> {
        if !self.has_begun {
            self.has_begun = true;
            return Some("retry: 2000\n\n");
        }
        tokio::select! {
            news = self.news.recv() => {
                unless_ended(news.as_ref().err())?;
                let until = Instant::now() + TOGETHER;
                loop {
                    tokio::select! {
                        () = sleep_until(until) => return Some("data: changed\n\n"),
                        more = self.news.recv() => unless_ended(more.as_ref().err())?,
                    }
                }
            }
            _ = self.beat.tick() => {
                // A page that is only looked at keeps no session alive.
                let now = self.app.clock.now();
                let db = self.app.store.read();
                let lives = wants_noting(db, &self.session, now, &self.app.url()).await;
                lives.is_ok().then_some(":\n\n")
            }
        }
    }
}

/// None when there is no more news. Who was too slow has missed some, and is told that there were.
fn unless_ended(error: Option<&RecvError>) -> Option<()> {
    match error {
        Some(RecvError::Closed) => None,
        Some(RecvError::Lagged(_)) | None => Some(()),
    }
}
