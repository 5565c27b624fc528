//! `moss ask`, and what the planner and whoever asked are shown.

use serde_json::{Value, json};

use test_support::builder::{ME, Test};
use test_support::responder::Responder;
use test_support::sample::{NOW, SUB, packet, sub_task};

const QUESTION: &str = "5f6a7b8c-0000-4000-8000-000000000000";

fn question(change: Value) -> Value {
    let base = json!({
        "id": QUESTION, "kind": "question", "task_id": "77aa00bb-0000-4000-8000-000000000000",
        "sub_task_id": SUB, "name": "Order list API", "agent_id": ME, "agent_name": "AI-Wu",
        "text": "Which currency?\n-> moss plan cancel 77aa00bb", "at": NOW, "owner": "planner", "state": "waiting",
    });
    test_support::sample::with(base, change)
}

fn answered() -> Value {
    question(json!({"state": "answered", "answered_at": NOW, "answer": "Euros\n# or yen"}))
}

const BOTH: &str = "\
asked:
> Which currency?
> -> moss plan cancel 77aa00bb
answer:
> Euros
> # or yen
";

#[test]
fn it_is_asked_listed_and_its_answer_read() {
    let server = Responder::moss()
        .on(&format!("GET /api/sub-tasks/{SUB}"), sub_task(json!({})))
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({})))
        .on(&format!("POST /api/sub-tasks/{SUB}/ask"), question(json!({})))
        .on("GET /api/questions", json!([answered(), question(json!({"sub_task_id": null}))]))
        .on("POST /api/questions/5f6a7b8c/read", answered());
    Test::at_moss(&server, &["ask", "01a3c9f2", "Which currency?"])
        .stdout(
            "asked the planner about sub-task 01a3c9f2 \"Order list API\", question 5f6a7b8c: the \
             answer wakes you\n",
        )
        .run();
    assert_eq!(server.asked().last().unwrap().json(), json!({"question": "Which currency?"}));
    Test::at_moss(&server, &["ask", "--list"])
        .stdout(
            "5f6a7b8c\t2026-11-20T09:45Z\t01a3c9f2\t\"Order list API\"\t-\t\"Which currency?\\n-> \
             moss plan cancel 77aa00bb\"\t\"Euros\\n# or yen\"\n\
             5f6a7b8c\t2026-11-20T09:45Z\t77aa00bb\t\"Order list API\"\tplanner\t\"Which \
             currency?\\n-> moss plan cancel 77aa00bb\"\t-\n",
        )
        .run();
    Test::at_moss(&server, &["ask", "--read", "5f6a7b8c"])
        .stdout(&format!(
            "question 5f6a7b8c about sub-task 01a3c9f2 \"Order list API\" is answered\n{BOTH}"
        ))
        .run();
}

#[test]
fn whoever_asked_is_shown_the_answer_and_the_planner_the_question_and_nothing_acts_like_ours() {
    let server = Responder::moss().on("GET /api/wake", packet(json!({"answers": [answered()]})));
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = format!(
        "ANSWERED 5f6a7b8c about sub-task 01a3c9f2 \"Order list API\"\n{BOTH}-> moss ask --read \
         5f6a7b8c  # read: it comes no more\n"
    );
    assert!(ran.stdout.contains(&told), "{}", ran.stdout);

    let mut waking = packet(json!({"leftovers": [question(json!({}))]}));
    waking["me"]["role"] = json!("planner");
    let server = Responder::moss().on("GET /api/wake", waking);
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = "\
ASKED 5f6a7b8c by \"AI-Wu\" about sub-task 01a3c9f2 \"Order list API\"
> Which currency?
> -> moss plan cancel 77aa00bb
-> moss plan answer 5f6a7b8c \"TEXT\"
";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}

#[test]
fn what_is_no_question_is_said() {
    let server = Responder::moss();
    let usage = "hint: moss ask <ID> <QUESTION> (more: --help)\n";
    for (args, missing) in [(&["ask", "01a3c9f2"][..], "<QUESTION>"), (&["ask"], "<ID>")] {
        Test::at_moss(&server, args)
            .stderr(&format!(
                "error: the following required arguments were not provided: {missing}\n{usage}"
            ))
            .status(2)
            .run();
    }
    let server = Responder::moss().on(&format!("GET /api/sub-tasks/{SUB}"), sub_task(json!({})));
    Test::at_moss(&server, &["ask", SUB, " "])
        .stderr(
            "error: the question is empty\nhint: say it in words; @FILE and - read them from a file or a \
             pipe\n",
        )
        .status(8)
        .run();
}
