//! One HTTP/1.1 request over a socket of its own, with nothing added: what a test sends is what
//! the server gets, also when no well-behaved client would send it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), ..Self::default() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// Sends to `http://HOST:PORT`.
    pub fn send(&self, base: &str) -> Reply {
        self.try_send(base).unwrap_or_else(|what| panic!("{} {}: {what}", self.method, self.path))
    }

    /// The same, when there may be no answer.
    ///
    /// # Errors
    /// What came in place of one.
    pub fn try_send(&self, base: &str) -> Result<Reply, String> {
        let host = base.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).unwrap_or_else(|e| panic!("{base}: {e}"));
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || self.method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("connection: close\r\n\r\n");
        // A server may refuse and close before it has read everything; its answer still counts.
        let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(&self.body));
        let mut raw = vec![];
        let read = read_answer(&mut socket, &mut raw);
        parse(&raw).ok_or_else(|| format!("no answer ({read:?}): {raw:?}"))
    }
}

/// Until the server closes, or the answer has its length: not every server closes when it is asked to.
fn read_answer(socket: &mut TcpStream, raw: &mut Vec<u8>) -> std::io::Result<()> {
    let mut part = [0; 16 * 1024];
    let mut whole = None;
    while whole.is_none_or(|whole| raw.len() < whole) {
        match socket.read(&mut part) {
            Ok(0) => break,
            Ok(count) => raw.extend_from_slice(part.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        whole = whole.or_else(|| {
            let reply = parse(raw)?;
            let length: usize = reply.header("content-length")?.parse().ok()?;
            Some(raw.len() - reply.body.len() + length)
        });
    }
    Ok(())
}

fn parse(raw: &[u8]) -> Option<Reply> {
    let split = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(raw.get(..split)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked");
    let body = raw.get(split + 4..)?;
    let body = if chunked { dechunk(body)? } else { body.to_vec() };
    Some(Reply { status, headers, body })
}

fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = vec![];
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 2 + size + 2..)?;
    }
}
