//! `moss patrol`: what is amiss, and what becomes of it.

use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{SUB, page, refusal};

const ID: &str = "5a3c9f2e";

fn anomaly(change: Value) -> Value {
    let base = json!({
        "id": "5a3c9f2e-0000-4000-8000-000000000001", "type": "stuck", "subject_kind": "sub_task",
        "subject": SUB, "subject_name": "Order list API", "severity": "warning", "state": "open",
        "opened": "2026-11-20T09:45:00Z", "closed": null, "times": 1,
        "detail": "is in_progress without progress since 2026-11-20T08:40Z"
    });
    test_support::sample::with(base, change)
}

#[test]
fn what_is_amiss_is_one_line_each() {
    let scan = |items: &[Value], more: bool| json!({ "items": items, "more": more });
    let team = json!({
        "id": null, "type": "review_backlog", "subject_kind": "team", "subject": "team",
        "subject_name": "", "severity": "critical", "detail": "3 wait"
    });
    let found =
        [anomaly(team), anomaly(json!({"subject_name": "P\tat", "action_taken": "release"}))];
    let server = Responder::moss().on("GET /api/patrol/anomalies", scan(&found, true));
    Test::at_moss(&server, &["patrol", "scan"])
        .stdout(
            "-\treview_backlog\tcritical\topen\tteam\t\"\"\t2026-11-20T09:45Z\t-\t-\t\"3 wait\"\n\
             5a3c9f2e\tstuck\twarning\topen\t01a3c9f2\t\"P\\tat\"\t2026-11-20T09:45Z\t-\trelease\t\"is \
             in_progress without progress since 2026-11-20T08:40Z\"\n",
        )
        .stderr("there is more: moss patrol history --state open\n")
        .run();
    let server = Responder::moss().on("GET /api/patrol/anomalies", scan(&[], false));
    Test::at_moss(&server, &["patrol", "scan"]).stderr("nothing is amiss\n").status(3).run();
}

#[test]
fn a_run_goes_on_until_nothing_is_left() {
    let swept = |opened: u64, more: bool| json!({ "opened": opened, "closed": 1, "released": 2, "blocked": 0, "reassigned": 1, "more": more });
    let server = Responder::moss().on("POST /api/patrol/run", swept(3, false));
    Test::at_moss(&server, &["patrol", "run"])
        .stdout("3 new, 1 over; 2 released, 0 blocked, 1 reassigned\n-> moss patrol scan\n")
        .run();
    let nothing = json!({
        "opened": 0, "closed": 0, "released": 0, "blocked": 0, "reassigned": 0, "more": true
    });
    let server = Responder::moss().on("POST /api/patrol/run", nothing);
    Test::at_moss(&server, &["patrol", "run"]).stdout("nothing new is amiss\n").status(3).run();
}

#[test]
fn what_is_left_says_for_how_long() {
    let path = format!("PUT /api/patrol/records/{ID}");
    let server = Responder::moss().on(&path, anomaly(json!({"state": "ignored"})));
    Test::at_moss(&server, &["patrol", "ignore", ID, "--why", "slow, but moving"])
        .stdout(
            "ignored 5a3c9f2e (stuck \"Order list API\"): it wakes you no more while it is so\n",
        )
        .run();
    let sent = json!({"status": "ignored", "note": "slow, but moving"});
    assert_eq!(server.only(&path).json(), sent);
    let server = Responder::moss().on(&path, anomaly(json!({"state": "ignored"})));
    let until = "2026-11-21T08:00:00Z";
    Test::at_moss(&server, &["patrol", "ignore", ID, "--until", until])
        .stdout(
            "ignored 5a3c9f2e (stuck \"Order list API\"): it wakes you no more until \
             2026-11-21T08:00Z\n",
        )
        .run();
    assert_eq!(server.only(&path).json(), json!({"status": "ignored", "until": until}));
}

#[test]
fn what_is_still_so_is_not_over() {
    let path = format!("PUT /api/patrol/records/{ID}");
    let server = Responder::moss().on(&path, anomaly(json!({"state": "resolved"})));
    Test::at_moss(&server, &["patrol", "resolve", ID, "--note", "it was the disk"])
        .stdout("resolved 5a3c9f2e (stuck \"Order list API\")\n")
        .run();
    assert_eq!(server.only(&path).json(), json!({"status": "resolved", "note": "it was the disk"}));
    let so = refusal("illegal_transition", "it is still so: mend it, or ignore it", "h");
    let server = Responder::moss().on(&path, (409, so));
    Test::at_moss(&server, &["patrol", "resolve", ID])
        .stderr("error: it is still so: mend it, or ignore it\nhint: h\n")
        .status(6)
        .run();
}

#[test]
fn what_was_amiss_is_listed_by_state_and_kind() {
    let over = anomaly(json!({
        "type": "silent", "subject_kind": "agent", "severity": "critical", "state": "resolved",
        "closed": "2026-11-20T11:00:00Z", "detail": "was not heard from", "note": "it slept",
        "subject_name": "AI-Wu"
    }));
    let server = Responder::moss().on("GET /api/patrol/records", page(&[over]));
    Test::at_moss(&server, &["patrol", "history", "--state", "resolved", "--type", "silent"])
        .stdout(
            "5a3c9f2e\tsilent\tcritical\tresolved\t01a3c9f2\t\"AI-Wu\"\t2026-11-20T09:45Z\t\
             2026-11-20T11:00Z\t\"it slept\"\t\"was not heard from\"\n",
        )
        .run();
    assert_eq!(server.asked()[0].query, "state=resolved&type=silent&page=1&page_size=50");
    let server = Responder::moss().on("GET /api/patrol/records", page(&[]));
    Test::at_moss(&server, &["patrol", "history"]).stderr("nothing was amiss\n").run();
}

#[test]
fn what_is_no_judgement_is_not_sent_and_the_original_keeps_none() {
    let server = Responder::moss();
    for args in [&["patrol", "ignore", ID][..], &["patrol", "ignore", ID, "--until", "soon"]] {
        Test::at_moss(&server, args).any_stderr().status(2).run();
    }
    Test::at_moss(&server, &["patrol", "ignore", ID, "--why", " "]).any_stderr().status(8).run();
    assert!(server.lines().is_empty());
    for args in [
        &["patrol", "ignore", ID, "--why", "w"][..],
        &["patrol", "scan"],
        &["patrol", "run"],
        &["patrol", "history"],
    ] {
        let server = Responder::original();
        let ran = Test::at_original(&server, args).any_stderr().status(6).run();
        assert!(ran.stderr.starts_with("error: this server is the original OpenMOSS and cannot "));
    }
}
