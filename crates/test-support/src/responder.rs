//! A server that answers what it was told to and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// `GET /api/wake`
    pub line: String,
    /// `a=1&b=2`
    pub query: String,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    /// Empty for none.
    pub body: Vec<u8>,
}

impl Asked {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The header's value; names are lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The decoded query; the last of several values counts.
    pub fn parameters(&self) -> Map<String, Value> {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
    }
}

/// How to answer one request.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// Whole lines.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    manner: Manner,
}

#[derive(Clone, Copy, Debug)]
enum Manner {
    Whole,
    /// Says it is as long as the whole, sends so many bytes of it and closes the connection.
    Cut(usize),
    /// The body again and again, so many times.
    Repeated(usize),
    HangUp,
    Hang,
}

impl Reply {
    /// JSON, as nearly all answers are.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// A body of another type.
    pub fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![format!("content-type: {content_type}")];
        Self { status, headers, body: body.into(), manner: Manner::Whole }
    }

    #[must_use]
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// Sends to another place.
    pub fn redirect(to: &str) -> Self {
        Self::new(302, "").header(&format!("location: {to}"))
    }

    /// Says it is as long as the whole, and sends so many bytes of it.
    pub fn cut(body: impl Into<Vec<u8>>, at: usize) -> Self {
        Self { manner: Manner::Cut(at), ..Self::new(200, body) }
    }

    /// A gigabyte of blanks, as fast as it is taken.
    pub fn gigabyte() -> Self {
        Self { manner: Manner::Repeated(1 << 14), ..Self::new(200, vec![b' '; 1 << 16]) }
    }

    /// Reads the request and closes the connection.
    pub fn hang_up() -> Self {
        Self { manner: Manner::HangUp, ..Self::new(0, "") }
    }

    /// Reads the request and never answers.
    pub fn hang() -> Self {
        Self { manner: Manner::Hang, ..Self::new(0, "") }
    }

    /// Sends it. Says whether the connection can be used for another request.
    fn send(&self, stream: &mut TcpStream, to: &Asked, sent: &mut dyn FnMut(usize)) -> bool {
        let (part, times) = match self.manner {
            Manner::Whole => (&self.body[..], 1),
            Manner::Cut(at) => (&self.body[..at.min(self.body.len())], 1),
            Manner::Repeated(times) => (&self.body[..], times),
            Manner::HangUp => return false,
            Manner::Hang => {
                thread::sleep(Duration::from_secs(120));
                return false;
            }
        };
        let mut head = format!("HTTP/1.1 {} x\r\n", self.status);
        for header in &self.headers {
            head.push_str(&format!("{header}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", self.body.len() * times));
        let mut written = stream.write_all(head.as_bytes());
        if to.method != "HEAD" {
            for _ in 0..times {
                written = written.and_then(|()| stream.write_all(part));
                if written.is_ok() {
                    sent(part.len());
                }
            }
        }
        let closes = [to.header("connection"), self.header_value("connection")];
        let whole = !matches!(self.manner, Manner::Cut(_));
        written.is_ok() && whole && !closes.contains(&Some("close"))
    }

    fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
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

/// Listens on a free port until the process ends. Answers its URL.
pub fn listen(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> String {
    listen_counting(answer, |_| ())
}

/// The same; tells how many bytes of bodies somebody took.
fn listen_counting(
    answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    sent: impl Fn(usize) + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::new((answer, sent));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (answer, sent) = &*shared;
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                while let Some(asked) = read(&mut reader) {
                    if !answer(&asked).send(&mut stream, &asked, &mut |bytes| sent(bytes)) {
                        break;
                    }
                }
            });
        }
    });
    url
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
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").map_or(0, |n: &String| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        line: format!("{method} {path}"),
        query: query.to_owned(),
        headers,
        body,
    })
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Vec<Reply>>,
    asked: Vec<Asked>,
    sent: usize,
}

/// Answers by request line, and keeps what it was asked.
pub struct Responder {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Responder {
    /// A moss-server: its answers carry the version header, and it hears how agents are woken.
    pub fn moss() -> Self {
        let host = serde_json::json!({
            "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": 300,
            "reported_at": "2026-11-20T10:00:00Z",
        });
        Self::new(true).on("PUT /api/agents/me/host", host)
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
        let state = Arc::new(Mutex::new(State::default()));
        let (asking, counting) = (Arc::clone(&state), Arc::clone(&state));
        let answer = move |asked: &Asked| {
            let reply = asking.lock().unwrap().reply(asked);
            if moss { reply.header("x-moss-version: 0.1.0") } else { reply }
        };
        let url = listen_counting(answer, move |bytes| counting.lock().unwrap().sent += bytes);
        Self { url, state }
    }

    /// Answers `METHOD /path`. Said again for the same, it is the answer to the next such
    /// request; the last one stays.
    #[must_use]
    pub fn on(self, line: &str, reply: impl Into<Reply>) -> Self {
        let mut state = self.state.lock().unwrap();
        state.replies.entry(line.to_owned()).or_default().push(reply.into());
        drop(state);
        self
    }

    /// Answers `METHOD /path` so, whatever was said before.
    #[must_use]
    pub fn instead(self, line: &str, reply: impl Into<Reply>) -> Self {
        self.set(line, reply);
        self
    }

    /// The same while it is in use.
    pub fn set(&self, line: &str, reply: impl Into<Reply>) {
        self.state.lock().unwrap().replies.insert(line.to_owned(), vec![reply.into()]);
    }

    /// Everything asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The lines of everything asked so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// The same, and it begins anew.
    pub fn take_lines(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.state.lock().unwrap().asked);
        asked.into_iter().map(|asked| asked.line).collect()
    }

    /// The one request of this line.
    pub fn only(&self, line: &str) -> Asked {
        let mut found: Vec<_> = self.asked().into_iter().filter(|a| a.line == line).collect();
        assert_eq!(found.len(), 1, "{line} in {:?}", self.lines());
        found.remove(0)
    }

    /// Bytes of bodies that somebody took.
    pub fn sent(&self) -> usize {
        self.state.lock().unwrap().sent
    }
}

impl State {
    fn reply(&mut self, asked: &Asked) -> Reply {
        self.asked.push(asked.clone());
        match self.replies.get_mut(&asked.line) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
            None => {
                let detail = format!("the test expects no {}", asked.line);
                Reply::from((404, serde_json::json!({"detail": detail, "code": "no_route"})))
            }
        }
    }
}
