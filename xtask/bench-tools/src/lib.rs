//! The smallest HTTP/1.1 client that can ask a moss-server: what the benchmark's tools share, so
//! that they cost next to nothing beside what they measure.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long one answer may take; a server slower than that has failed the benchmark.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A request on a connection that stays open. `headers` are whole lines, each with its `\r\n`.
pub fn request(method: &str, path: &str, key: &str, headers: &str, body: &str) -> String {
    let body_headers = if body.is_empty() && method == "GET" {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         {headers}{body_headers}\r\n{body}"
    )
}

/// Where the parts of a complete answer lie in the bytes read so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where the body begins.
    pub body: usize,
    /// Where the answer ends.
    pub end: usize,
}

impl Answer {
    /// The answer that `bytes` begin with, or `None` while it is not all there.
    ///
    /// # Errors
    /// When it is not HTTP/1.1, or does not say how long it is.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..head]).map_err(|_| bad("not HTTP"))?;
        let status = text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| bad("not HTTP/1.1"))?;
        let length = text.lines().skip(1).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let length = match (length, status) {
            (Some(length), _) => length,
            (None, 204 | 304) => 0,
            (None, _) => return Err(bad("an answer without Content-Length")),
        };
        let (body, end) = (head + 4, head + 4 + length);
        Ok((bytes.len() >= end).then_some(Self { status, body, end }))
    }
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// A connection that stays open and waits for each answer.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    key: String,
}

impl Connection {
    /// Connects to `HOST:PORT` as the agent with this key.
    ///
    /// # Errors
    /// When nobody answers there.
    pub fn open(address: &str, key: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, key: key.to_owned() })
    }

    /// Sends a request and reads the whole answer: its status and body.
    ///
    /// # Errors
    /// When the connection breaks, or the answer is late or not HTTP/1.1.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        self.ask_with(method, path, "", body)
    }

    /// The same with further header lines, each with its `\r\n`.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<(u16, String)> {
        self.stream.write_all(request(method, path, &self.key, headers, body).as_bytes())?;
        let mut bytes = Vec::with_capacity(8192);
        let mut chunk = [0; 8192];
        loop {
            if let Some(answer) = Answer::parse(&bytes)? {
                let body = String::from_utf8_lossy(&bytes[answer.body..answer.end]).into_owned();
                return Ok((answer.status, body));
            }
            match self.stream.read(&mut chunk)? {
                0 => return Err(bad("the server closed the connection")),
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, request};

    #[test]
    fn an_answer_is_whole_or_not_there_yet() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        let answer = Answer::parse(whole).unwrap().unwrap();
        assert_eq!((answer.status, &whole[answer.body..answer.end]), (200, &b"hi"[..]));
        for cut in 0..whole.len() {
            assert_eq!(Answer::parse(&whole[..cut]).unwrap(), None, "{cut} bytes");
        }
    }

    #[test]
    fn no_content_needs_no_length_and_others_do() {
        assert_eq!(Answer::parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().status, 204);
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(Answer::parse(b"SSH-2.0\r\n\r\n").is_err());
    }

    #[test]
    fn a_post_says_how_long_its_body_is() {
        let post = request("POST", "/x", "k", "X-A: b\r\n", "{}");
        assert!(
            post.ends_with(
                "X-A: b\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            )
        );
        assert!(request("GET", "/x", "k", "", "").ends_with("Bearer k\r\n\r\n"));
    }
}
