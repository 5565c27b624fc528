use serde_json::json;

use test_support::builder::{ME, Test};
use test_support::responder::Responder;
use test_support::sample::{HELLO, NOW, SUB, sub_task, with};

fn server() -> Responder {
    let handed_in = sub_task(json!({"status": "review", "rework_count": 1}));
    Responder::moss().on("POST /api/sub-tasks/01a3c9f2/submit", handed_in)
}

#[test]
fn files_are_hashed_under_their_absolute_paths() {
    let server = server();
    let args = [
        "submit",
        "01a3c9f2",
        "--summary",
        "@notes.md",
        "--artifact",
        "a.txt",
        "b c.txt",
        "--attempt",
        "3",
    ];
    let ran = Test::at_moss(&server, &args)
        .file("notes.md", "It `works`,\nsee \"tests\".\n")
        .file("a.txt", "hello")
        .file("b c.txt", "")
        .stdout("handed in 01a3c9f2 \"Order list API\" with 2 artifacts, round 2: a reviewer is next, you are done\n")
        .run();
    let dir = ran.dir.path().canonicalize().unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        server.asked()[0].json(),
        json!({
            "summary": "It `works`,\nsee \"tests\".",
            "artifacts": [
                {"path": dir.join("a.txt"), "size": 5, "sha256": HELLO},
                {"path": dir.join("b c.txt"), "size": 0, "sha256": empty}
            ],
            "attempt": 3
        })
    );
}

#[test]
fn a_file_that_is_not_there_stops_everything() {
    let server = server();
    Test::at_moss(&server, &["submit", "01a3c9f2", "--artifact", "ghost.txt"])
        .stderr(
            "error: artifact ghost.txt: No such file or directory (os error 2)\n\
             hint: hand in plain files that exist; nothing was submitted\n",
        )
        .status(8)
        .run();
    Test::at_moss(&server, &["submit", "01a3c9f2", "--artifact", "."])
        .stderr(
            "error: artifact .: it is a folder\nhint: hand in plain files that exist; nothing was submitted\n",
        )
        .status(8)
        .run();
    assert!(server.lines().is_empty(), "{:?}", server.lines());
}

#[test]
fn nothing_is_no_delivery() {
    let server = server();
    for args in [&["submit", "01a3c9f2"][..], &["submit", "01a3c9f2", "--attempt", "1"]] {
        Test::at_moss(&server, args)
            .stderr(
                "error: nothing to hand in: neither --summary nor --artifact is given\n\
                 hint: moss submit 01a3c9f2 --summary \"what you did\" --artifact FILE…\n",
            )
            .status(2)
            .run();
    }
    assert!(server.lines().is_empty(), "{:?}", server.lines());
}

#[test]
fn a_path_that_cannot_be_written_down_stops_everything() {
    let server = server();
    for name in ["two\nlines.txt", "bell\u{7}.txt"] {
        let shown = moss_api::quoted(name);
        Test::at_moss(&server, &["submit", "01a3c9f2", "--artifact", name])
            .file(name, "hello")
            .stderr(&format!(
                "error: artifact {shown}: its path has a line end or another control character\n\
                 hint: rename it; nothing was submitted\n"
            ))
            .status(8)
            .run();
    }
    assert!(server.lines().is_empty(), "{:?}", server.lines());
}

#[test]
fn texts_that_no_server_takes_are_refused_here() {
    let server = server();
    let long = "x".repeat(16 * 1024 + 1);
    for (argument, input, message) in [
        (long.as_str(), "", "--summary has 16385 bytes, at most 16384 are allowed".to_owned()),
        ("-", "a\0b", "--summary contains the control character U+0000".to_owned()),
        (
            "@ghost",
            "",
            "--summary: cannot read ghost: No such file or directory (os error 2)".to_owned(),
        ),
        ("-", &"y".repeat(70_000), "standard input is larger than 65536 bytes".to_owned()),
    ] {
        let ran = Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", argument])
            .stdin(input)
            .any_stderr()
            .status(8)
            .run();
        assert_eq!(ran.stderr.lines().next().unwrap(), format!("error: {message}"));
    }
    assert!(server.lines().is_empty());
}

#[test]
fn a_file_that_is_named_four_times_is_handed_in_once() {
    let server = server();
    let test = Test::at_moss(
        &server,
        &["submit", "01a3c9f2", "--artifact", "a.txt", "./a.txt", "link", "a.txt", "b.txt"],
    );
    std::os::unix::fs::symlink("a.txt", test.path("link")).unwrap();
    let ran = test
        .file("a.txt", "hello")
        .file("b.txt", "hello")
        .stdout("handed in 01a3c9f2 \"Order list API\" with 2 artifacts, round 2: a reviewer is next, you are done\n")
        .run();
    let dir = ran.dir.path().canonicalize().unwrap();
    let file = |name: &str| json!({"path": dir.join(name), "size": 5, "sha256": HELLO});
    assert_eq!(server.asked()[0].json()["artifacts"], json!([file("a.txt"), file("b.txt")]));
}

#[test]
fn an_at_sign_can_be_meant() {
    let server = server();
    Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", "@@AI-Wu asked for it"])
        .any_stdout()
        .run();
    assert_eq!(server.asked()[0].json(), json!({"summary": "@AI-Wu asked for it"}));
}

#[test]
fn a_stale_attempt_is_a_conflict() {
    let stale =
        test_support::sample::refusal("stale_attempt", "attempt 1 is over, 2 is live", "moss wake");
    let server =
        Responder::moss().on("POST /api/sub-tasks/01a3c9f2/submit", (409, with(stale, json!({}))));
    Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", "done", "--attempt", "1"])
        .stderr("error: attempt 1 is over, 2 is live\nhint: moss wake\n")
        .status(6)
        .run();
}

#[test]
fn a_text_may_begin_as_a_list_does_and_a_flag_is_none() {
    let server = server().on("POST /api/logs", json!({}));
    let list = "- one\n- two";
    let told = "handed in 01a3c9f2 \"Order list API\", round 2: a reviewer is next, you are done\n";
    for text in [list, "-- so it is", "---", "--summary of what was done", "-1"] {
        let args = ["submit", "01a3c9f2", "--summary", text];
        Test::at_moss(&server, &args).stdout(told).run();
        assert_eq!(server.asked().last().unwrap().json()["summary"], text);
    }
    Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", "-"])
        .stdin("- piped\n")
        .stdout(told)
        .run();
    assert_eq!(server.asked().last().unwrap().json()["summary"], "- piped");
    let sent = server.lines().len();
    for flag in ["--artifact", "--attempt=3", "-h", "--"] {
        Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", flag])
            .stderr(&format!(
                "error: invalid value '{flag}' for '--summary <TEXT>': a flag is no text; @FILE or \
                 - may hold any\nhint: see --help\n"
            ))
            .status(2)
            .run();
    }
    for flag in ["--onn", "-x"] {
        Test::at_moss(&server, &["log", "add", "reflection", flag]).any_stderr().status(2).run();
    }
    let ran = Test::at_moss(&server, &["log", "add", "reflection", "--help"]).any_stdout().run();
    assert!(ran.stdout.contains("Usage: moss log add"), "{}", ran.stdout);
    assert_eq!(server.lines().len(), sent);
    Test::at_moss(&server, &["log", "add", "reflection", list])
        .any_stderr()
        .any_stdout()
        .status(1)
        .run();
    assert_eq!(server.asked().last().unwrap().json()["summary"], list);
}

fn submits(answer: serde_json::Value, stderr: &str) {
    let server = Responder::moss().on("POST /api/sub-tasks/01a3c9f2/submit", answer);
    Test::at_moss(&server, &["submit", "01a3c9f2", "--artifact", "a.txt"])
        .file("a.txt", "hello")
        .stderr(stderr)
        .status(6)
        .run();
}

#[test]
fn what_comes_late_is_kept_and_said_so() {
    let late = json!({
        "id": "5f6a7b8c-0000-4000-8000-000000000000", "sub_task_id": SUB,
        "sub_task_name": "Order list API", "attempt": 1, "ended_by": "timeout", "agent_id": ME,
        "agent_name": "AI-Wu", "summary": "done", "artifacts": [], "created_at": NOW,
        "state": "waiting",
    });
    submits(
        sub_task(json!({"status": "pending", "late": late})),
        "error: your attempt 1 at 01a3c9f2 was over (timeout): what you hand in is kept as late \
         submission 5f6a7b8c, and 01a3c9f2 is as it was\n\
         hint: nothing is lost: a reviewer or the planner may adopt it; moss wake\n",
    );
}

#[test]
fn what_was_rejected_as_it_is_goes_to_somebody_else() {
    for (status, whose) in [
        ("assigned", "another executor has it now"),
        ("blocked", "it is blocked, and no longer yours"),
    ] {
        submits(
            sub_task(json!({"status": status})),
            &format!(
                "error: 01a3c9f2 \"Order list API\" is not handed in: every file is as it was \
                 rejected; {whose}\nhint: moss wake\n"
            ),
        );
    }
}
