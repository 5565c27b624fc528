//! A server that serves what it was told to, counts what it was asked, and misbehaves on demand.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug)]
pub enum Reply {
    Body(Vec<u8>),
    Status(u16),
    /// Says it is as long as the whole, and sends so many bytes of it.
    Cut(Vec<u8>, usize),
    /// A gigabyte, as fast as it is taken.
    Gigabyte,
    Redirect(String),
    Hang,
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Body(value.to_string().into_bytes())
    }
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    asked: Vec<String>,
    heads: String,
    sent: u64,
}

pub struct Server {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { url, state }
    }

    /// From now on, this path is answered so.
    pub fn on(&self, path: &str, reply: impl Into<Reply>) {
        self.state.lock().unwrap().replies.insert(path.to_owned(), reply.into());
    }

    /// Every path asked for so far, without its query.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The same, and it begins anew.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// All header lines of all requests below `/releases`.
    pub fn release_headers(&self) -> String {
        self.state.lock().unwrap().heads.to_lowercase()
    }

    /// Bytes of bodies that somebody took.
    pub fn sent(&self) -> u64 {
        self.state.lock().unwrap().sent
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
    let reply = {
        let mut state = state.lock().unwrap();
        state.asked.push(path.clone());
        if path.starts_with("/releases") {
            state.heads.push_str(&head);
        }
        state.replies.get(&path).cloned().unwrap_or(Reply::new(404, ""))
    };
    let head = |status: u16, more: &str| {
        format!(
            "HTTP/1.1 {status} x\r\nx-moss-version: 0.1.0\r\nconnection: close\r\n{more}\r\n\r\n"
        )
    };
    let mut send = |head: String, body: &[u8]| {
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        if sent.is_ok() {
            state.lock().unwrap().sent += body.len() as u64;
        }
        sent.is_ok()
    };
    let length = |n: usize| format!("content-type: application/json\r\ncontent-length: {n}");
    match reply {
        Reply::new(200, body) => {
            send(head(200, &length(body.len())), &body);
        }
        Reply::Status(status) => {
            let body = br#"{"detail":"no"}"#;
            send(head(status, &length(body.len())), body);
        }
        Reply::cut(body, at) => {
            send(head(200, &length(body.len())), &body[..at]);
        }
        Reply::gigabyte() => {
            let chunk = vec![b' '; 1 << 16];
            let mut going = send(head(200, &length(1 << 30)), &chunk);
            for _ in 1..1 << 14 {
                going = going && send(String::new(), &chunk);
            }
        }
        Reply::Redirect(to) => {
            send(head(302, &format!("location: {to}\r\ncontent-length: 0")), b"");
        }
        Reply::hang() => thread::sleep(Duration::from_secs(120)),
    }
}
