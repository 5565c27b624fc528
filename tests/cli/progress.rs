//! What somebody sees while a server takes its time: standard error is a terminal here.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use nix::pty::{Winsize, openpty};

use test_support::builder::KEY;
use test_support::program;
use test_support::responder::{Reply, Responder};
use test_support::sample::me;

const WAITING: &str = "waiting for 127.0.0.1";

fn slow() -> Responder {
    Responder::moss().on("GET /api/agents/me", Reply::hang())
}

/// What a terminal is sent by `moss whoami`.
fn sent(server: &Responder, env: &[(&str, &str)], more: &[&str]) -> String {
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).unwrap();
    let mut child = Command::new(program::moss())
        .args(["whoami", "--server", &server.url, "--timeout", "1"])
        .args(more)
        .env_clear()
        .env("MOSS_API_KEY", KEY)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(terminal.slave)
        .spawn()
        .unwrap();
    let mut sent = Vec::new();
    let _ = File::from(terminal.master).read_to_end(&mut sent); // an error when the last one leaves
    child.wait().unwrap();
    String::from_utf8(sent).unwrap()
}

#[test]
fn a_wait_is_shown_and_gone_when_it_is_over() {
    let sent = sent(&slow(), &[("TERM", "xterm")], &[]);
    let (line, rest) = sent.split_at(sent.rfind(WAITING).expect(&sent) + WAITING.len());
    assert!(!line.contains("\u{1b}[3"), "no colours: {sent:?}");
    let (_, after) = rest.split_once("\r\u{1b}[2K").expect(&sent);
    assert!(after.starts_with("error: "), "{sent:?}");
}

#[test]
fn an_answer_that_is_there_at_once_is_not_waited_for() {
    let server = Responder::moss().on("GET /api/agents/me", me());
    assert_eq!(sent(&server, &[("TERM", "xterm")], &[]), "");
}

#[test]
fn a_terminal_that_cannot_and_somebody_who_debugs_see_no_line() {
    for env in [&[("TERM", "dumb")][..], &[]] {
        assert!(sent(&slow(), env, &[]).starts_with("error: "));
    }
    let debug = sent(&slow(), &[("TERM", "xterm")], &["--debug"]);
    assert!(!debug.contains(WAITING), "{debug:?}");
}
