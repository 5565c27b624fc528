//! Requests from processes of their own, sent at the same moment.
//!
//! A test that races requests plays two parts: run by the test harness it is the judge; run by
//! [`Sender::spawn`], which executes the same test again with a variable set, it is a contender
//! that does nothing but send. So the contenders are processes, with nothing shared but the
//! server.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::connection::{Answer, Connection};

/// Names the server's address to a contender.
const VARIABLE: &str = "MOSS_E2E_SEND_TO";
/// Begins the lines a contender says; the test harness prints others.
const MARK: &str = "\u{1}";

/// A process that sends what it is told, over a connection it has already opened.
pub struct Sender {
    child: Child,
    orders: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Sender {
    /// Plays the contender when this process is one, and then never returns.
    pub fn play_if_spawned() {
        let Ok(address) = std::env::var(VARIABLE) else { return };
        let mut connection = Connection::open(&address).unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "\n{MARK}ready").unwrap();
        for order in std::io::stdin().lock().lines() {
            let request: String = serde_json::from_str(&order.unwrap()).unwrap();
            let answer = connection.ask(&request).unwrap();
            let said = serde_json::json!([answer.status, answer.head, answer.body]);
            writeln!(out, "{MARK}{said}").unwrap();
        }
        std::process::exit(0);
    }

    /// Starts a contender: `test` is the full name of the calling test.
    pub fn spawn(test: &str, address: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(VARIABLE, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut sender = Self { child, orders, lines };
        assert_eq!(sender.line(), "ready");
        sender
    }

    /// Sends a request, without waiting for the answer.
    pub fn send(&mut self, request: &str) {
        writeln!(self.orders, "{}", serde_json::Value::from(request)).unwrap();
    }

    /// The answer to the oldest request that was not answered yet.
    pub fn answer(&mut self) -> Answer {
        let (status, head, body) = serde_json::from_str(&self.line()).unwrap();
        Answer { status, head, body }
    }

    fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the contender is gone");
            if let Some(said) = line.trim_end().strip_prefix(MARK) {
                return said.to_owned();
            }
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
