//! Retries with backoff: the same request again, while that is safe and may help.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::Client;
use super::response::unreachable;
use super::transport::{Lost, Request, Response};
use crate::config::server_kind::ServerKind;
use crate::error::Result;
use crate::render::progress::wait_for;

/// Tries in all; with the delays below, the last begins about three seconds after the first.
pub const MAX_TRIES: u32 = 6;
const FIRST_DELAY: Duration = Duration::from_millis(100);

impl Client {
    /// Sends until there is an answer that will stay, it is no longer safe to repeat, or time is
    /// up.
    pub(super) async fn persist(&self, request: &Request) -> Result<Response> {
        if self.debug {
            return self.send(request).await; // its lines say all there is
        }
        wait_for(self.base.host_str().unwrap_or_default(), self.send(request)).await
    }

    async fn send(&self, request: &Request) -> Result<Response> {
        let mut tries = 1;
        loop {
            let started = Instant::now();
            let outcome = self.transport.exchange(request, self.deadline).await;
            self.trace(request, &outcome, started);
            let (passing, asked) = match &outcome {
                Ok(answer) => (
                    answer.is_passing() && self.may_repeat(request, answer.moss),
                    answer.retry_after,
                ),
                Err(Lost::Unsent(_)) => (true, None),
                Err(Lost::Unanswered(_)) => (self.may_repeat(request, false), None),
                Err(Lost::TimedOut | Lost::Unfit(_)) => (false, None),
            };
            if passing && tries < self.max_tries {
                let pause = asked.unwrap_or_else(|| pause(tries));
                if Instant::now() + pause < self.deadline {
                    tokio::time::sleep(pause).await;
                    tries += 1;
                    continue;
                }
            }
            return outcome.map_err(|lost| match lost {
                Lost::Unsent(why) => unreachable(&self.base, &format!("cannot be reached: {why}")),
                Lost::Unanswered(why) => unreachable(&self.base, &format!("broke off: {why}")),
                Lost::TimedOut => unreachable(&self.base, "did not answer in time"),
                Lost::Unfit(error) => error,
            });
        }
    }

    /// Whether the same request may be sent twice: always a read; a write only to a server that
    /// honours idempotency keys.
    fn may_repeat(&self, request: &Request, answered_by_moss: bool) -> bool {
        request.method == Method::GET
            || answered_by_moss
            || self.kind.get() == Some(ServerKind::Moss)
    }

    fn trace(&self, request: &Request, outcome: &Result<Response, Lost>, started: Instant) {
        if self.debug {
            let outcome = match outcome {
                Ok(answer) => answer.status.to_string(),
                Err(lost) => format!("{lost:?}"),
            };
            let (method, path) = (&request.method, request.url.path());
            eprintln!("debug: {method} {path} -> {outcome} in {:?}", started.elapsed());
        }
    }
}

/// Twice as long each time, give or take half, so that clients that failed together do not
/// return together.
fn pause(tries: u32) -> Duration {
    let full = FIRST_DELAY * 2_u32.saturating_pow(tries.saturating_sub(1));
    let spread = uuid::Uuid::new_v4().as_bytes()[0]; // random without a crate of its own
    full / 2 + full * u32::from(spread) / 255
}
