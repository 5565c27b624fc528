use serde_json::json;

use test_support::builder::Test;
use test_support::responder::{Reply, Responder};
use test_support::sample::{SUB, item, packet, sub_task};

#[test]
fn the_best_one_is_claimed_with_one_request() {
    let server = Responder::moss().on("POST /api/sub-tasks/claim-next", sub_task(json!({})));
    Test::at_moss(&server, &["claim", "--session", "s1"])
        .stdout(
            "claimed 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z\n\
             -> moss start 01a3c9f2\n",
        )
        .run();
    let asked = server.only("POST /api/sub-tasks/claim-next");
    assert_eq!(asked.json(), json!({"start": false, "session_id": "s1"}));
    assert_eq!(asked.headers["authorization"], format!("Bearer {}", test_support::builder::KEY));
    assert_eq!(asked.headers["idempotency-key"].len(), 36);
}

#[test]
fn nothing_to_claim_is_3() {
    let server = Responder::moss().on("POST /api/sub-tasks/claim-next", Reply::new(204, ""));
    Test::at_moss(&server, &["claim"]).stderr("nothing to claim\n").status(3).run();
}

#[test]
fn claiming_and_starting_prints_the_whole_item() {
    let started = sub_task(json!({"status": "in_progress"}));
    let going = item(json!({"kind": "in_progress"}));
    let server = Responder::moss()
        .on("POST /api/sub-tasks/claim-next", started)
        .on("GET /api/wake", packet(json!({"items": [going]})));
    Test::at_moss(&server, &["claim", "--start"])
        .stdout(
            "\
claimed and started 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z
1 IN PROGRESS 01a3c9f2 \"Order list API\" high, since 2026-11-20T09:45Z, task 77aa00bb \"Shop backend\"
do:
> GET /orders
hand in:
> orders.py
accepted when:
> pages by 20
-> moss submit 01a3c9f2 --summary \"what you did\" --artifact FILE…
-> moss fail 01a3c9f2 --class unclear --detail \"what is missing\"  # if you cannot
-> moss release 01a3c9f2  # if another should do it
",
        )
        .run();
    assert_eq!(server.asked()[0].json()["start"], json!(true));
}

#[test]
fn another_than_the_one_wake_named_is_said() {
    let claimable = |best: &str| {
        packet(json!({"claimable":
            {"count": 2, "more": false, "best_id": best, "best_name": "Changelog"}}))
    };
    let named = "03de51aa-0000-4000-8000-000000000007";
    for (best, remark) in [
        (Some(named), "not 03de51aa, which wake named: it is taken, or this is more urgent now\n"),
        (Some(SUB), ""),
        (None, ""),
    ] {
        let server = Responder::moss()
            .on("GET /api/wake", best.map_or(packet(json!({})), claimable))
            .on("POST /api/sub-tasks/claim-next", sub_task(json!({})));
        let woken = Test::new(&server, &["wake"]).any_stdout().run();
        let said = woken.then(&["claim"]).any_stdout().run().stdout;
        let expected = format!(
            "claimed 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z\n\
             {remark}-> moss start 01a3c9f2\n"
        );
        assert_eq!(said, expected);
    }
}

#[test]
fn a_named_one_is_claimed_then_started() {
    let server = Responder::moss()
        .on("POST /api/sub-tasks/01a3c9f2/claim", sub_task(json!({})))
        .on(&format!("POST /api/sub-tasks/{SUB}/start"), sub_task(json!({"status": "in_progress"})))
        .on("GET /api/wake", packet(json!({})));
    let ran = Test::at_moss(&server, &["claim", "01A3C9F2", "--start"]).any_stdout().run();
    assert!(ran.stdout.starts_with("claimed and started 01a3c9f2"), "{}", ran.stdout);
}

#[test]
fn the_loser_is_told_who_won() {
    let held = json!({
        "detail": "sub-task 01a3c9f2 is held by \"AI-Lin\"", "code": "already_claimed",
        "next": {"action": "list_available"},
    });
    let server = Responder::moss().on("POST /api/sub-tasks/01a3c9f2/claim", (409, held.clone()));
    Test::at_moss(&server, &["claim", "01a3c9f2"])
        .stderr("error: sub-task 01a3c9f2 is held by \"AI-Lin\"\nhint: moss available\n")
        .status(6)
        .run();
    let server = Responder::moss().on("POST /api/sub-tasks/01a3c9f2/claim", (409, held));
    Test::at_moss(&server, &["claim", "01a3c9f2", "--json"])
        .stderr(
            "{\"error\":{\"code\":\"already_claimed\",\"hint\":\"moss available\",\
             \"message\":\"sub-task 01a3c9f2 is held by \\\"AI-Lin\\\"\"}}\n",
        )
        .status(6)
        .run();
}

#[test]
fn what_you_hold_already_is_said() {
    let held = |status: &str| sub_task(json!({"status": status, "already_held": true}));
    let server = Responder::moss()
        .on("POST /api/sub-tasks/01a3c9f2/claim", held("assigned"))
        .on("POST /api/sub-tasks/01a3c9f2/claim", held("in_progress"));
    let ran = Test::at_moss(&server, &["claim", "01a3c9f2"])
        .stdout(
            "you hold 01a3c9f2 \"Order list API\" already, attempt 1, lease until 09:50Z\n\
             -> moss start 01a3c9f2\n",
        )
        .run();
    ran.then(&["claim", "01a3c9f2"])
        .stdout(
            "you hold 01a3c9f2 \"Order list API\" already, started, attempt 1, lease until 09:50Z\n\
             -> moss submit 01a3c9f2 --summary \"what you did\" --artifact FILE…\n",
        )
        .run();
}

#[test]
fn starting_keeping_releasing_and_failing() {
    let at = |status: &str| sub_task(json!({"status": status}));
    let server = Responder::moss()
        .on("POST /api/sub-tasks/01a3c9f2/start", at("in_progress"))
        .on("POST /api/sub-tasks/01a3c9f2/heartbeat", at("in_progress"))
        .on("POST /api/sub-tasks/01a3c9f2/release", at("pending"))
        .on(
            "POST /api/sub-tasks/01a3c9f2/fail",
            sub_task(json!({"status": "blocked", "retry_at": "2026-11-21T00:00:00Z"})),
        );
    Test::at_moss(&server, &["start", "01a3c9f2", "--session", "s1"])
        .stdout(
            "started 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z\n\
             -> moss submit 01a3c9f2 --summary \"what you did\" --artifact FILE…\n",
        )
        .run();
    Test::at_moss(&server, &["heartbeat", "01a3c9f2", "--attempt", "1"])
        .stdout("kept 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z\n")
        .run();
    Test::at_moss(&server, &["release", "01a3c9f2", "--reason", "-"])
        .stdin("not my field\n")
        .stdout("released 01a3c9f2 \"Order list API\": pending\n")
        .run();
    let fail = ["fail", "01a3", "--class", "quota", "--detail", "limit", "--retry-in", "2h"];
    let fail = fail.map(|word| if word == "01a3" { "01a3c9f2" } else { word });
    Test::at_moss(&server, &fail)
        .stdout(
            "blocked 01a3c9f2 \"Order list API\" (quota) until 2026-11-21T00:00Z: it is offered again \
             then, you are done\n",
        )
        .run();
    let bodies: Vec<_> = server.asked().iter().map(test_support::responder::Asked::json).collect();
    assert_eq!(bodies[0], json!({"session_id": "s1"}));
    assert_eq!(bodies[1], json!({"attempt": 1}));
    assert_eq!(bodies[2], json!({"reason": "not my field"}));
    assert_eq!((&bodies[3]["class"], &bodies[3]["detail"]), (&json!("quota"), &json!("limit")));
    assert!(bodies[3]["retry_at"].is_string());
}

#[test]
fn numbers_beyond_64_bits_and_odd_words_are_usage_errors() {
    for (args, message) in [
        (
            vec!["heartbeat", "01a3c9f2", "--attempt", "9223372036854775808"],
            "invalid value '9223372036854775808' for '--attempt <N>': number too large to fit in target type",
        ),
        (
            vec!["fail", "01a3c9f2", "--class", "bored", "--detail", "x"],
            "invalid value 'bored' for '--class <CLASS>': \"bored\" is not one of: quota, environment, unclear, impossible, other",
        ),
        (
            vec!["start", "../../etc"],
            "invalid value '../../etc' for '<ID>': an id is 4 or more characters of a UUID",
        ),
    ] {
        Test::nowhere(&args)
            .stderr(&format!("error: {message}\nhint: see --help\n"))
            .status(2)
            .run();
    }
}

#[test]
fn a_holder_is_warned_before_its_lease_ends() {
    let going = sub_task(json!({"status": "in_progress", "lease_ends_soon": true}));
    let work = item(json!({
        "kind": "in_progress", "lease_until": "2026-11-20T09:50:00Z", "lease_ends_soon": true,
    }));
    let server = Responder::moss()
        .on("POST /api/sub-tasks/01a3c9f2/heartbeat", going)
        .on("GET /api/wake", packet(json!({"items": [work]})));
    Test::at_moss(&server, &["heartbeat", "01a3c9f2"])
        .stdout(
            "kept 01a3c9f2 \"Order list API\", attempt 1, lease until 09:50Z ENDS SOON: submit or \
             release before\n",
        )
        .run();
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    assert!(
        ran.stdout
            .contains("lease until 09:50Z ENDS SOON: submit or release before, task 77aa00bb"),
        "{}",
        ran.stdout
    );
}
