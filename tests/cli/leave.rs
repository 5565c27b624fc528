//! `moss patrol leave`, `moss plan wait` and `moss patrol list`.

use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{SUB, page, refusal, sub_task, task};

const SHORT: &str = "01a3c9f2";

fn anomaly(change: Value) -> Value {
    let base = json!({
        "id": "5a3c9f2e-0000-4000-8000-000000000001", "type": "ignored", "subject": SUB,
        "subject_name": "AI-Wu", "severity": "warning", "opened": "2026-11-20T09:45:00Z",
        "closed": null, "times": 1,
        "detail": "left 6 packets in a row unanswered, the last about 01a3c9f2"
    });
    test_support::sample::with(base, change)
}

fn not_found() -> (u16, Value) {
    (404, refusal("not_found", "no sub-task 5a3c", "h"))
}

#[test]
fn patrol_leaves_a_sub_task_and_says_why() {
    let path = format!("POST /api/sub-tasks/{SHORT}/leave");
    let server = Responder::moss().on(&path, sub_task(json!({"status": "in_progress"})));
    Test::at_moss(&server, &["patrol", "leave", SHORT, "--why", "slow, but moving"])
        .stdout("left 01a3c9f2 \"Order list API\": it wakes you again when it changes\n")
        .run();
    assert_eq!(server.only(&path).json(), json!({"why": "slow, but moving"}));
}

#[test]
fn a_time_may_be_named_instead() {
    let path = format!("POST /api/sub-tasks/{SHORT}/leave");
    let server = Responder::moss().on(&path, sub_task(json!({"status": "in_progress"})));
    let until = "2026-11-21T08:00:00Z";
    Test::at_moss(&server, &["patrol", "leave", SHORT, "--until", until])
        .stdout(
            "left 01a3c9f2 \"Order list API\": it wakes you again when it changes, or \
             2026-11-21T08:00Z\n",
        )
        .run();
    assert_eq!(server.only(&path).json(), json!({"until": until}));
}

#[test]
fn an_anomaly_is_left_by_the_same_command() {
    let server = Responder::moss()
        .on("POST /api/sub-tasks/5a3c9f2e/leave", not_found())
        .on("POST /api/patrol/anomalies/5a3c9f2e/leave", anomaly(json!({})));
    Test::at_moss(&server, &["patrol", "leave", "5a3c9f2e", "--why", "Kim was told"])
        .stdout("left 5a3c9f2e (ignored \"AI-Wu\"): it wakes you again when it changes\n")
        .run();
    let server = Responder::moss()
        .on("POST /api/sub-tasks/5a3c9f2e/leave", not_found())
        .on("POST /api/patrol/anomalies/5a3c9f2e/leave", not_found());
    Test::at_moss(&server, &["patrol", "leave", "5a3c9f2e", "--why", "w"])
        .stderr("error: no sub-task 5a3c\nhint: h\n")
        .status(5)
        .run();
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
        (&["patrol", "leave", SHORT][..], 2, "error: the following required arguments"),
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
fn what_is_amiss_is_one_line_each() {
    let over = anomaly(json!({"type": "silent", "severity": "critical", "subject_name": "P\tat",
                              "closed": "2026-11-20T11:00:00Z", "detail": "was not heard from"}));
    let server =
        Responder::moss().on("GET /api/patrol/anomalies", page(&[anomaly(json!({})), over]));
    Test::at_moss(&server, &["patrol", "list", "--closed"])
        .stdout(
            "5a3c9f2e\tignored\twarning\t\"AI-Wu\"\t2026-11-20T09:45Z\t-\t\"left 6 packets in a row \
             unanswered, the last about 01a3c9f2\"\n\
             5a3c9f2e\tsilent\tcritical\t\"P\\tat\"\t2026-11-20T09:45Z\t2026-11-20T11:00Z\t\"was not heard \
             from\"\n",
        )
        .run();
    assert_eq!(server.asked()[0].query, "closed=true&page=1&page_size=50");
    let server = Responder::moss().on("GET /api/patrol/anomalies", page(&[]));
    Test::at_moss(&server, &["patrol", "list"]).stderr("nothing is amiss\n").run();
}

#[test]
fn the_original_keeps_no_judgement() {
    for args in [&["patrol", "leave", SHORT, "--why", "w"][..], &["patrol", "list"]] {
        let server = Responder::original();
        let ran = Test::at_original(&server, args).any_stderr().status(6).run();
        assert!(ran.stderr.starts_with("error: this server is the original OpenMOSS and cannot "));
    }
}
