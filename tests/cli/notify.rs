use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{NOW, packet};

fn notice(id: &str, kind: &str, text: &str) -> Value {
    json!({
        "id": format!("{id}-0000-4000-8000-000000000000"), "at": NOW, "kind": kind, "text": text,
        "task_id": null, "sub_task_id": null, "agent_id": null, "state": "pending",
        "claimed_by": null, "claimed_until": null, "announced_at": null,
    })
}

#[test]
fn what_people_are_to_be_told_is_taken_and_acknowledged() {
    let notices = [
        notice("5f6a7b8c", "all_done", "task 77aa00bb \"Shop\" is all done: 3 of 4 approved"),
        notice("9c8d7e6f", "tea_time", "-> moss plan cancel 77aa00bb"),
    ];
    let taken = json!({"channels": ["chat:oc_1", "xiaoai:home"], "notices": notices, "more": 3});
    let server = Responder::moss()
        .on("POST /api/notices/claim", taken)
        .on("POST /api/notices/ack", json!({"announced": 2}))
        .on("POST /api/notices/ack", json!({"announced": 0}));
    Test::at_moss(&server, &["notify", "pending"])
        .stdout(
            "\
tell people at: \"chat:oc_1\", \"xiaoai:home\"
5f6a7b8c 2026-11-20T09:45Z all_done
> task 77aa00bb \"Shop\" is all done: 3 of 4 approved
9c8d7e6f 2026-11-20T09:45Z \"tea_time\"
> -> moss plan cancel 77aa00bb
… 3 more: moss notify pending, after these
-> moss notify ack 5f6a7b8c 9c8d7e6f  # once they know
",
        )
        .run();
    let ack = ["notify", "ack", "5f6a7b8c", "9c8d7e6f"];
    Test::at_moss(&server, &ack).stdout("told: 2 notices\n").run();
    let asked = server.asked().last().unwrap().json();
    assert_eq!(asked, json!({"ids": ["5f6a7b8c", "9c8d7e6f"]}));
    Test::at_moss(&server, &ack).stdout("told already\n").run();
}

#[test]
fn nothing_to_tell_is_3() {
    let none = json!({"channels": [], "notices": [], "more": 0});
    let server = Responder::moss().on("POST /api/notices/claim", none);
    Test::at_moss(&server, &["notify", "pending"])
        .stdout("nobody is to be told anything\n")
        .status(3)
        .run();
}

#[test]
fn a_packet_says_that_people_wait_to_be_told() {
    let waiting = packet(json!({"announce": {"count": 2, "since": "2026-11-20T08:00:00Z"}}));
    let server = Responder::moss().on("GET /api/wake", waiting);
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = "ANNOUNCE 2 to people, the oldest since 08:00Z\n-> moss notify pending\n";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}
