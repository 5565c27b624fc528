//! `moss plan wait`.

use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{SUB, refusal, sub_task, task};

const SHORT: &str = "01a3c9f2";

fn not_found() -> (u16, Value) {
    (404, refusal("not_found", "no sub-task 5a3c", "h"))
}

#[test]
fn a_time_may_be_named_instead() {
    let path = format!("POST /api/sub-tasks/{SUB}/leave");
    let server = Responder::moss()
        .on(&format!("GET /api/sub-tasks/{SHORT}"), sub_task(json!({"status": "blocked"})))
        .on(&path, sub_task(json!({"status": "blocked"})));
    let until = "2026-11-21T08:00:00Z";
    Test::at_moss(&server, &["plan", "wait", SHORT, "--until", until])
        .stdout(
            "left 01a3c9f2 \"Order list API\": it wakes you again when it changes, or \
             2026-11-21T08:00Z\n",
        )
        .run();
    assert_eq!(server.only(&path).json(), json!({"until": until}));
}

#[test]
fn the_planner_waits_for_a_sub_task_or_a_task() {
    let server = Responder::moss()
        .on(&format!("GET /api/sub-tasks/{SHORT}"), sub_task(json!({"status": "blocked"})))
        .on(&format!("POST /api/sub-tasks/{SUB}/leave"), sub_task(json!({"status": "blocked"})));
    Test::at_moss(&server, &["plan", "wait", SHORT, "--why", "asked the customer"])
        .stdout("left 01a3c9f2 \"Order list API\": it wakes you again when it changes\n")
        .run();
    let it = task(json!({}));
    let id = it["id"].as_str().unwrap();
    let server = Responder::moss()
        .on("GET /api/sub-tasks/77aa00bb", not_found())
        .on("GET /api/tasks/77aa00bb", it.clone())
        .on(&format!("POST /api/tasks/{id}/leave"), it.clone());
    Test::at_moss(&server, &["plan", "wait", "77aa00bb", "--why", "the customer looks at it"])
        .stdout("left 77aa00bb \"Shop backend\": it wakes you again when it changes\n")
        .run();
}

#[test]
fn what_is_no_judgement_is_not_sent() {
    let server = Responder::moss();
    for (args, status, said) in [
        (&["plan", "wait", SHORT][..], 2, "error: the following required arguments"),
        (
            &["plan", "wait", SHORT, "--why", " "],
            8,
            "error: --why is empty\n\
             hint: say it in words; @FILE and - read them from a file or a pipe\n",
        ),
        (
            &["plan", "wait", SHORT, "--until", "soon"],
            2,
            "error: invalid value 'soon' for '--until <TIME>': a time is written like 2026-11-20T09:45:00Z, or 2h from now\n",
        ),
    ] {
        let ran = Test::at_moss(&server, args).any_stderr().status(status).run();
        assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    }
    assert!(server.lines().is_empty());
}

#[test]
fn the_original_keeps_no_judgement() {
    let server = Responder::original();
    let args = ["plan", "wait", SHORT, "--why", "w"];
    let ran = Test::at_original(&server, &args).any_stderr().status(6).run();
    assert!(ran.stderr.starts_with("error: this server is the original OpenMOSS and cannot "));
}
