//! The socket: every request is recorded, then answered.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::state::{REGISTRATION_TOKEN, State};
use super::web::{self, HTML};
use crate::moss::Workspace;
use crate::responder::{Asked, Reply, listen};

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Recorded {
    request: Asked,
    /// Whether any route took it; else it was answered with the web page or 405.
    pub taken: bool,
}

impl Deref for Recorded {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        &self.request
    }
}

/// What the listening threads and the test share.
struct Inner {
    state: State,
    requests: Vec<Recorded>,
    fails_at: Option<String>,
}

/// A running stand-in.
pub struct Standin {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Standin {
    /// Listens on a free loopback port.
    pub fn start() -> Self {
        let inner =
            Arc::new(Mutex::new(Inner { state: State::new(), requests: vec![], fails_at: None }));
        let shared = Arc::clone(&inner);
        let url = listen(move |request| shared.lock().unwrap().answer(request));
        Self { url, inner }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Puts its clock on: stamps and the `Date` of every answer.
    pub fn let_pass(&self, time: Duration) {
        self.inner.lock().unwrap().state.passed += time;
    }

    /// Moves it into a zone so many minutes ahead of UTC.
    pub fn move_to_zone(&self, minutes: i64) {
        self.inner.lock().unwrap().state.zone_minutes = minutes;
    }

    /// Answers the next request of this line, as `POST /api/logs`, with a fault.
    pub fn fail_once(&self, line: &str) {
        self.inner.lock().unwrap().fails_at = Some(line.to_owned());
    }

    /// A workspace whose agent was registered here by the real command.
    pub fn join(&self, name: &str, role: &str) -> Workspace {
        let workspace = Workspace::new().env("MOSS_REGISTRATION_TOKEN", REGISTRATION_TOKEN);
        let register = ["register", "--server", &self.url, "--role", role, "--name", name];
        workspace.moss(register).exits(0);
        workspace
    }

    /// The requests since the last call, oldest first.
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.inner.lock().unwrap().requests)
    }

    /// The requests since the last call as `METHOD /path`, oldest first.
    pub fn take_lines(&self) -> Vec<String> {
        self.take_requests().iter().map(|request| request.line.clone()).collect()
    }
}

impl Inner {
    fn answer(&mut self, request: &Asked) -> Reply {
        let fails = self.fails_at.take_if(|line| *line == request.line).is_some();
        let reply = web::respond(&mut self.state, request, fails);
        let html = reply.headers.iter().any(|line| line.ends_with(HTML));
        let taken = reply.status != 405 && !html;
        self.requests.push(Recorded { request: request.clone(), taken });
        reply
    }
}
