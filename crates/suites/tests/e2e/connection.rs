//! A connection that is kept: for many requests in a row, and for peers that go away.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// One HTTP/1.1 connection.
pub struct Connection {
    socket: TcpStream,
    /// Received and not yet part of an answer.
    buffer: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The stable error code; empty when there is none.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Connection {
    /// Connects to `127.0.0.1:PORT`.
    pub fn open(address: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket, buffer: Vec::new() })
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Its other half, to send while answers are received.
    pub fn sender(&self) -> io::Result<TcpStream> {
        self.socket.try_clone()
    }

    /// The next answer.
    ///
    /// # Errors
    /// `UnexpectedEof` when the peer closed before the first byte of one, `InvalidData` when it
    /// closed or broke off in the middle: half an answer is never a clean end.
    pub fn receive(&mut self) -> io::Result<Answer> {
        loop {
            if let Some((answer, length)) = parse(&self.buffer) {
                self.buffer.drain(..length);
                return Ok(answer);
            }
            let mut chunk = [0; 16 * 1024];
            let read = self.socket.read(&mut chunk);
            match read {
                Ok(0) | Err(_) if !self.buffer.is_empty() => {
                    let half = String::from_utf8_lossy(&self.buffer).into_owned();
                    return Err(io::Error::new(ErrorKind::InvalidData, half));
                }
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => self.buffer.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request.as_bytes())?;
        self.receive()
    }
}

/// A request by an agent, ready to be sent; the body may be empty.
pub fn request(method: &str, path: &str, key: &str, idempotency: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let repeatable = match idempotency {
        "" => String::new(),
        key => format!("idempotency-key: {key}\r\n"),
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: moss\r\nauthorization: Bearer {key}\r\n{repeatable}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer with a `content-length`, or one that may have no body, and how many bytes it took.
fn parse(bytes: &[u8]) -> Option<(Answer, usize)> {
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..split)?).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Some(0), |length| length.trim().parse().ok())?;
    let end = split + 4 + length;
    let body = String::from_utf8_lossy(bytes.get(split + 4..end)?).into_owned();
    Some((Answer { status, head, body }, end))
}
