//! The HTTP client that `self_update` is handed: our own connection, which keeps to a size, a
//! deadline and where a redirect may lead.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::Url;
use reqwest::header::HeaderMap;
use self_update::Error as Trouble;
use self_update::http_client::{AsyncHttpClient, AsyncHttpResponse};

use crate::client::transport::Download;
use crate::error::{Error, Result};
use crate::render::progress;

use super::fetch::{Source, damaged, told};
use super::step;

/// A connection that fetches one archive.
pub struct LimitedClient {
    /// Whose connection.
    pub source: Source,
    /// The archive's file name.
    pub name: String,
    /// How many bytes it has, no more and no fewer.
    pub size: u64,
    /// When all of it has to be here.
    pub deadline: Instant,
    /// Where an error of ours is kept.
    pub own_error: OwnError,
}

impl LimitedClient {
    async fn open(&self, url: &str) -> Result<LimitedResponse> {
        let url = Url::parse(url).map_err(|e| damaged(format!("{url}: {e}")))?;
        let body = self.source.open(&url, self.deadline).await.map_err(in_transit)?;
        match body.status() {
            200 => Ok(LimitedResponse {
                body,
                name: self.name.clone(),
                size: self.size,
                here: 0,
                progress: progress::Download::of(self.size),
                own_error: self.own_error.clone(),
            }),
            status => Err(damaged(format!("{url} answers {status}"))),
        }
    }
}

impl AsyncHttpClient for LimitedClient {
    fn get<'a>(
        &'a self,
        url: &'a str,
        _headers: &'a HeaderMap,
        _timeout: Option<Duration>,
    ) -> BoxFuture<'a, self_update::Result<Box<dyn AsyncHttpResponse>>> {
        Box::pin(async move {
            let response = self.open(url).await.map_err(|error| self.own_error.keep(error))?;
            Ok(Box::new(response) as Box<dyn AsyncHttpResponse>)
        })
    }
}

/// An archive, of which so much is here.
struct LimitedResponse {
    body: Download,
    name: String,
    size: u64,
    here: u64,
    progress: progress::Download,
    own_error: OwnError,
}

impl LimitedResponse {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let (name, size) = (&self.name, self.size);
        let Some(chunk) =
            self.body.next().await.map_err(|lost| in_transit(told(self.body.url(), lost)))?
        else {
            step("fetched");
            return match self.here {
                here if here < size => {
                    Err(damaged(format!("{name} ended after {here} of {size} bytes")))
                }
                _ => Ok(None),
            };
        };
        self.here += chunk.len() as u64;
        if self.here > size {
            return Err(damaged(format!("{name} is larger than the {size} bytes announced")));
        }
        self.progress.show(self.here);
        Ok(Some(chunk))
    }
}

impl AsyncHttpResponse for LimitedResponse {
    fn headers(&self) -> &HeaderMap {
        self.body.headers()
    }

    fn text(self: Box<Self>) -> BoxFuture<'static, self_update::Result<String>> {
        Box::pin(async { Err(Trouble::Io(std::io::Error::other("an archive is no text"))) })
    }

    fn bytes_stream(self: Box<Self>) -> BoxStream<'static, self_update::Result<Bytes>> {
        stream::try_unfold(self, |mut response| async move {
            let chunk = response.next().await.map_err(|error| response.own_error.keep(error))?;
            Ok(chunk.map(|chunk| (chunk, response)))
        })
        .boxed()
    }
}

/// Whatever keeps an archive from arriving is worth another try.
fn in_transit(error: Error) -> Error {
    if error.exit() == moss_api::Exit::Update { error } else { damaged(error.to_string()) }
}

/// An error of ours on its way through `self_update`, which knows only its own.
#[derive(Clone, Debug, Default)]
pub struct OwnError(Arc<Mutex<Option<Error>>>);

impl OwnError {
    /// Keeps an error; returns one that `self_update` hands through.
    pub fn keep(&self, error: Error) -> Trouble {
        let trouble = Trouble::Io(std::io::Error::other(error.to_string()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        trouble
    }

    /// The error that was kept.
    pub fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
