//! The socket: every request is recorded, then answered.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State as Shared};
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::state::State;
use super::web::{self, HTML};

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub raw_query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether any route took it; else it was answered with the web page or 405.
    pub taken: bool,
}

impl Recorded {
    /// The header's value; names are lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The decoded query; the last of several values counts.
    pub fn query(&self) -> Map<String, Value> {
        let uri: Uri = format!("/?{}", self.raw_query).parse().unwrap_or_default();
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri).map(|q| q.0);
        pairs.unwrap_or_default().into_iter().map(|(k, v)| (k, v.into())).collect()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `POST /api/tasks`, for comparing.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the listening task and the test share.
struct Inner {
    state: State,
    requests: Vec<Recorded>,
}

/// A running stand-in; gone when dropped.
pub struct Standin {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    runtime: Option<Runtime>,
}

impl Standin {
    /// Listens on a free loopback port, on a thread of its own.
    pub fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner { state: State::new(), requests: vec![] }));
        let app = Router::new().fallback(serve).with_state(inner.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, inner, runtime: Some(runtime) }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests since the last call, oldest first.
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.inner.lock().unwrap().requests)
    }

    /// The requests since the last call as `METHOD /path`, oldest first.
    pub fn take_lines(&self) -> Vec<String> {
        self.take_requests().iter().map(Recorded::line).collect()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(Shared(inner): Shared<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // The original sets no limit.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
    let text =
        |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Recorded {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        raw_query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
        body,
        taken: false,
    };
    let mut inner = inner.lock().unwrap();
    let response = web::respond(&mut inner.state, &request);
    let html = response.headers().get("content-type").is_some_and(|t| t == HTML);
    let taken = response.status() != 405 && !html;
    inner.requests.push(Recorded { taken, ..request });
    response
}
