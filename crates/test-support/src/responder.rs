//! A server that answers what it was told to and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /api/wake`
    pub line: String,
    /// `a=1&b=2`
    pub query: String,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    /// Empty for none.
    pub body: String,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// How to answer one request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<String>,
    body: String,
    kind: ReplyKind,
}

#[derive(Clone, Debug, PartialEq)]
enum ReplyKind {
    Whole,
    HangUp,
    Hang,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        let headers = vec!["content-type: application/json".to_owned()];
        Self { status, headers, body: body.into(), kind: ReplyKind::Whole }
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// Reads the request and closes the connection.
    pub fn hang_up() -> Self {
        Self { kind: ReplyKind::HangUp, ..Self::new(0, "") }
    }

    /// Reads the request and never answers.
    pub fn hang() -> Self {
        Self { kind: ReplyKind::Hang, ..Self::new(0, "") }
    }
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::new(200, value.to_string())
    }
}

impl From<(u16, Value)> for Reply {
    fn from((status, value): (u16, Value)) -> Self {
        Self::new(status, value.to_string())
    }
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Vec<Reply>>,
    asked: Vec<Asked>,
}

/// Listens on a free port until the test ends.
pub struct Responder {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Responder {
    /// A moss-server: its answers carry the version header.
    pub fn moss() -> Self {
        Self::new(true)
    }

    /// The original: they do not, and its health says nothing of moss.
    pub fn original() -> Self {
        Self::new(false).on("GET /api/health", crate::sample::original_health())
    }

    /// Some other web server.
    pub fn nobody() -> Self {
        Self::new(false)
    }

    fn new(moss: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream.unwrap(), &shared, moss));
            }
        });
        Self { url, state }
    }

    /// Answers `METHOD /path`. Said again for the same, it is the answer to the next such
    /// request; the last one stays.
    pub fn on(self, line: &str, reply: impl Into<Reply>) -> Self {
        let mut state = self.state.lock().unwrap();
        state.replies.entry(line.to_owned()).or_default().push(reply.into());
        drop(state);
        self
    }

    /// Answers `METHOD /path` so, whatever was said before.
    pub fn instead(self, line: &str, reply: impl Into<Reply>) -> Self {
        self.state.lock().unwrap().replies.remove(line);
        self.on(line, reply)
    }

    /// Everything asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The lines of everything asked so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// The one request of this line.
    pub fn only(&self, line: &str) -> Asked {
        let mut found: Vec<_> = self.asked().into_iter().filter(|a| a.line == line).collect();
        assert_eq!(found.len(), 1, "{line} in {:?}", self.lines());
        found.remove(0)
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, moss: bool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(asked) = read(&mut reader) {
        let reply = {
            let mut state = state.lock().unwrap();
            state.asked.push(asked.clone());
            match state.replies.get_mut(&asked.line) {
                Some(replies) if replies.len() > 1 => replies.remove(0),
                Some(replies) => replies[0].clone(),
                None => {
                    let detail = format!("the test expects no {}", asked.line);
                    Reply::from((404, serde_json::json!({"detail": detail, "code": "no_route"})))
                }
            }
        };
        match reply.kind {
            ReplyKind::HangUp => return,
            ReplyKind::Hang => thread::sleep(Duration::from_secs(60)),
            ReplyKind::Whole => {}
        }
        let mut answer = format!("HTTP/1.1 {} x\r\n", reply.status);
        for header in &reply.headers {
            answer.push_str(&format!("{header}\r\n"));
        }
        if moss {
            answer.push_str("x-moss-version: 0.1.0\r\n");
        }
        answer.push_str(&format!("content-length: {}\r\n\r\n{}", reply.body.len(), reply.body));
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|n| *n > 0)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").map_or(0, |n: &String| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: format!("{method} {path}"),
        query: query.to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
