//! `moss plan recur`.

use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::SUB;

fn recurrence(change: Value) -> Value {
    let base = json!({
        "id": "6b3c9f2e-0000-4000-8000-000000000001", "subject_kind": "sub_task", "subject": SUB,
        "subject_name": "Back\tup", "schedule": "every 1d", "catch_up": "once", "overlap": "skip",
        "until": null, "rounds": null, "state": "active", "ended_because": null,
        "next_at": "2026-11-21T09:45:00Z", "round": 2
    });
    test_support::sample::with(base, change)
}

const PATH: &str = "/api/recurring/01a3c9f2";

#[test]
fn it_is_said_seen_and_ended() {
    let put = format!("PUT {PATH}");
    let server = Responder::moss().on(&put, recurrence(json!({})));
    Test::at_moss(&server, &["plan", "recur", "01a3c9f2", "--every", "1d", "--rounds", "5"])
        .stdout("01a3c9f2 \"Back\\tup\" comes again \"every 1d\", next at 2026-11-21T09:45Z\n")
        .run();
    assert_eq!(server.only(&put).json(), json!({"every": "1d", "rounds": 5}));

    let server = Responder::moss().on(&put, recurrence(json!({})));
    let cron = ["--cron", "0 9 * * 1-5", "--zone", "Europe/Berlin", "--catch-up", "all"];
    let args = [&["plan", "recur", "01a3c9f2"][..], &cron, &["--overlap", "allow"]].concat();
    Test::at_moss(&server, &args).any_stdout().run();
    let sent = json!({"cron": "0 9 * * 1-5", "zone": "Europe/Berlin", "catch_up": "all",
                      "overlap": "allow"});
    assert_eq!(server.only(&put).json(), sent);

    let history = json!([
        {"number": 2, "slot": "2026-11-20T09:45:00Z", "at": "2026-11-20T09:45:03Z",
         "outcome": "opened", "detail": "", "made": "77aa00bb-0000-4000-8000-000000000001"},
        {"number": 1, "slot": "2026-11-19T09:45:00Z", "at": "2026-11-20T09:40:03Z",
         "outcome": "skipped", "detail": "no server ran when it was due", "made": null},
    ]);
    let server =
        Responder::moss().on(&format!("GET {PATH}"), recurrence(json!({"history": history})));
    Test::at_moss(&server, &["plan", "recur", "01a3c9f2"])
        .stdout(
            "01a3c9f2 \"Back\\tup\" comes again \"every 1d\", next at 2026-11-21T09:45Z\n\
             round 2, due 2026-11-20T09:45Z: opened at 09:45Z, 77aa00bb\n\
             round 1, due 2026-11-19T09:45Z: skipped at 2026-11-20T09:40Z, \"no server ran \
             when it was due\"\n",
        )
        .run();
    let ended = json!({"state": "ended", "ended_because": "the planner ended it", "next_at": null});
    let server = Responder::moss().on(&format!("DELETE {PATH}"), recurrence(ended));
    Test::at_moss(&server, &["plan", "recur", "01a3c9f2", "--stop"])
        .stdout("01a3c9f2 \"Back\\tup\" comes no more\n")
        .run();
}

#[test]
fn all_that_comes_again_is_a_line_each() {
    let all = json!([recurrence(json!({"rounds": 5}))]);
    let server = Responder::moss().on("GET /api/recurring", all);
    Test::at_moss(&server, &["plan", "recur"])
        .stdout("01a3c9f2\tactive\t\"every 1d\"\t2026-11-21T09:45Z\t2 of 5\t\"Back\\tup\"\n")
        .run();
    let server = Responder::moss().on("GET /api/recurring", json!([]));
    Test::at_moss(&server, &["plan", "recur"]).stderr("nothing comes again\n").run();
}

#[test]
fn what_makes_no_sense_is_not_sent_and_the_original_does_nothing_by_itself() {
    let server = Responder::moss();
    for wrong in [
        &["--every", "1d"][..],
        &["01a3c9f2", "--every", "1d", "--cron", "* * * * *"],
        &["01a3c9f2", "--zone", "UTC"],
        &["01a3c9f2", "--every", "1s"],
        &["01a3c9f2", "--every", "1d", "--rounds", "0"],
        &["01a3c9f2", "--stop", "--every", "1d"],
    ] {
        let args = [&["plan", "recur"], wrong].concat();
        Test::at_moss(&server, &args).any_stderr().status(2).run();
    }
    assert!(server.lines().is_empty());
    let server = Responder::original();
    let ran = Test::at_original(&server, &["plan", "recur"]).any_stderr().status(6).run();
    assert!(ran.stderr.starts_with("error: this server is the original OpenMOSS and cannot "));
}
