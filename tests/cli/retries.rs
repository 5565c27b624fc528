use std::time::{Duration, Instant};

use serde_json::json;

use test_support::builder::Test;
use test_support::responder::{Reply, Responder};
use test_support::sample::{old_sub_task, original_score, packet, refusal, sub_task};

const START: &str = "POST /api/sub-tasks/01a3c9f2/start";

fn busy(status: u16) -> Reply {
    Reply::from((status, refusal("unavailable", "shutting down", "try again")))
}

#[test]
fn a_write_is_sent_again_under_the_same_key() {
    let server = Responder::moss()
        .on(START, busy(503))
        .on(START, Reply::hang_up())
        .on(START, busy(429))
        .on(START, sub_task(json!({"status": "in_progress"})));
    Test::at_moss(&server, &["start", "01a3c9f2"]).any_stdout().run();
    let keys: Vec<_> =
        server.asked().iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn two_commands_have_two_keys() {
    let server = Responder::moss().on(START, sub_task(json!({"status": "in_progress"})));
    for _ in 0..2 {
        Test::at_moss(&server, &["start", "01a3c9f2"]).any_stdout().run();
    }
    let asked = server.asked();
    assert_ne!(asked[0].headers["idempotency-key"], asked[1].headers["idempotency-key"]);
}

#[test]
fn the_original_gets_a_write_once() {
    for reply in [Reply::hang_up(), busy(503), busy(502)] {
        let whole = "01a3c9f2-0000-4000-8000-000000000001";
        let line = format!("POST /api/sub-tasks/{whole}/start");
        let server = Responder::original()
            .on(&format!("GET /api/sub-tasks/{whole}"), old_sub_task(json!({})))
            .on("GET /api/scores/me", original_score())
            .on(&line, reply)
            .on(&line, sub_task(json!({"status": "in_progress"})));
        Test::at_original(&server, &["start", whole]).any_stderr().status(7).run();
        assert_eq!(server.lines().iter().filter(|asked| **asked == line).count(), 1);
    }
}

#[test]
fn a_read_is_always_tried_again() {
    let server = Responder::moss()
        .on("GET /api/wake", Reply::hang_up())
        .on("GET /api/wake", busy(502))
        .on("GET /api/wake", packet(json!({})));
    Test::new(&server, &["wake"]).any_stdout().run();
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn the_server_says_how_long_to_wait() {
    let server = Responder::moss()
        .on(START, busy(503).header("retry-after: 1"))
        .on(START, sub_task(json!({"status": "in_progress"})));
    let started = Instant::now();
    Test::at_moss(&server, &["start", "01a3c9f2"]).any_stdout().run();
    assert!(started.elapsed() >= Duration::from_secs(1));

    let server = Responder::moss().on(START, busy(429).header("retry-after: 3600"));
    let started = Instant::now();
    Test::at_moss(&server, &["start", "01a3c9f2"])
        .stderr("error: shutting down\nhint: try again\n")
        .status(7)
        .run();
    assert!(started.elapsed() < Duration::from_secs(20), "an hour does not fit into --timeout");
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_server_that_hangs_does_not_hang_the_timer() {
    let server = Responder::moss().on("GET /api/wake", Reply::hang());
    let started = Instant::now();
    Test::new(&server, &["wake", "--gate", "--timeout", "1"])
        .stderr(
            "error: the server [SERVER] did not answer in time\n\
             hint: try again later; if it stays so, ask whoever runs the server\n",
        )
        .status(7)
        .run();
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_stays_broken_is_7() {
    let server = Responder::moss().on("GET /api/wake", busy(503));
    Test::new(&server, &["wake"]).stderr("error: shutting down\nhint: try again\n").status(7).run();
    assert_eq!(server.lines().len(), 6);
}
