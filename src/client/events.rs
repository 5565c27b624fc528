//! The stream of events: server-sent events, read as they come.

use std::time::Duration;

use moss_api::Happening;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderValue};
use tokio::time::timeout;

use super::Client;
use super::response::unreachable;
use super::transport::{Lost, Redirects, Request, not_moss};
use crate::error::Result;

/// A server that says nothing for so long is gone: it says something every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);
/// The longest event.
const MOST: usize = 64 * 1024;

impl Client {
    /// Listens until the stream ends, after the event `last`, which moves on. Answers whether
    /// anything was heard.
    ///
    /// # Errors
    /// When there is no stream, or `tell` fails.
    pub async fn listen(
        &self,
        last: &mut Option<String>,
        mut tell: impl FnMut(&Happening) -> Result<()>,
    ) -> Result<bool> {
        let mut headers = self.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert("last-event-id", last);
        }
        let url = self.url("/api/events", &[]);
        let request = Request { method: Method::GET, url, headers, body: None };
        let begun = self.transport.follow(&request, Redirects::SameOrigin);
        let mut stream = match timeout(SILENCE, begun).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(Lost::Unfit(error))) => return Err(error),
            Ok(Err(_)) | Err(_) => return Err(unreachable(&self.base, "cannot be reached")),
        };
        if stream.status().as_u16() != 200 {
            return match super::transport::read(stream).await {
                Ok(answer) => Err(answer.failure(&request.url)),
                Err(_) => Err(unreachable(&self.base, "broke off")),
            };
        }
        let (mut text, mut has_heard) = (Vec::new(), false);
        while let Ok(Ok(Some(bytes))) = timeout(SILENCE, stream.chunk()).await {
            has_heard = true;
            text.extend_from_slice(&bytes);
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                let event = String::from_utf8_lossy(&event);
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let Some(happening) = field("data: ").map(serde_json::from_str::<Happening>) {
                    let happening = happening
                        .map_err(|e| not_moss(&request.url, &format!("unexpected event ({e})")))?;
                    tell(&happening)?;
                }
                // Only now: what could not be told is asked for again.
                *last = field("id: ").map(str::to_owned).or(last.take());
            }
            if text.len() > MOST {
                return Err(not_moss(&request.url, "an event of it does not end"));
            }
        }
        Ok(has_heard)
    }
}
