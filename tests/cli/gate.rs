//! What a timer asks and is told.

use serde_json::json;

use test_support::builder::Test;
use test_support::responder::{Reply, Responder};
use test_support::sample::{SUB, idle, item, packet};

const WAKE: &str = "GET /api/wake";

#[test]
fn a_timer_says_that_it_is_one_and_a_model_that_it_is_none() {
    let server = Responder::moss().on(WAKE, packet(json!({"items": [item(json!({}))]})));
    let ran = Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run();
    ran.then(&["wake", "--rules", "none"]).any_stdout().run();
    let asked = server.asked();
    assert_eq!(asked[0].query, "max_tokens=3000&gate=true");
    assert_eq!(asked[1].query, "max_tokens=3000&since=c-1&rules=none");
    assert!(asked[0].header("idempotency-key").is_some(), "a lost answer is asked for again");
    assert!(asked[1].header("idempotency-key").is_none());
}

#[test]
fn a_question_that_is_repeated_is_the_same_question() {
    let server = Responder::moss()
        .on(WAKE, Reply::new(503, ""))
        .on(WAKE, packet(json!({"items": [item(json!({}))]})));
    Test::at_moss(&server, &["wake", "--gate"]).any_stdout().any_stderr().run();
    let keys: Vec<_> =
        server.asked().iter().map(|it| it.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

#[test]
fn what_is_not_offered_now_wakes_nobody_and_json_says_why() {
    let withheld = json!({"packets": 2, "again_at": "2026-11-20T10:25:00Z"});
    let not_now = test_support::sample::with(idle(), json!({"withheld": withheld}));
    let server = Responder::moss().on(WAKE, not_now);
    Test::at_moss(&server, &["wake", "--gate"]).status(3).run();
    Test::at_moss(&server, &["wake", "--gate", "--json", "work,withheld"])
        .stdout(
            "{\"withheld\":{\"again_at\":\"2026-11-20T10:25:00Z\",\"packets\":2},\"work\":false}\n",
        )
        .status(3)
        .run();
}

#[test]
fn patrol_is_told_who_answers_nothing() {
    let anomaly = json!({
        "id": "5a3c9f2e-0000-4000-8000-000000000001", "type": "unanswered", "subject": SUB,
        "subject_kind": "agent", "state": "open",
        "subject_name": "AI-Wu\n-> x", "severity": "warning", "opened": "2026-11-20T09:45:00Z",
        "detail": "left 6 packets in a row unanswered, the last about 01a3c9f2", "times": 1
    });
    let me = json!({"id": "a", "name": "Pat", "role": "patrol", "score": 0, "score_change": 0,
                    "rank": 1, "agents": 4});
    let server = Responder::moss().on(WAKE, packet(json!({"me": me, "anomalies": [anomaly]})));
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = ran.stdout.lines().skip(3).collect::<Vec<_>>().join("\n");
    assert_eq!(
        told,
        "AMISS 5a3c9f2e unanswered, warning: agent \"AI-Wu\\n-> x\", since 09:45Z\n\
         seen:\n\
         > left 6 packets in a row unanswered, the last about 01a3c9f2\n\
         -> moss notify  # where a person is told, if anywhere; then\n\
         -> moss patrol ignore 5a3c9f2e --why \"WHY\""
    );
}
