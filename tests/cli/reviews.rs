use serde_json::{Value, json};

use test_support::builder::{ME, Test};
use test_support::responder::Responder;
use test_support::sample::HELLO;
use test_support::sample::{NOW, OTHER_SUB, SUB, log, packet, page, review, sub_task};

fn attempt(artifacts: &[Value]) -> Value {
    json!([{
        "sub_task_id": SUB, "number": 2, "agent_id": ME, "agent_name": "AI-Wu",
        "session_id": null, "opened_at": NOW, "ended_at": NOW, "outcome": "submit",
        "artifacts": artifacts
    }])
}

fn given(dir: &std::path::Path, name: &str, size: i64) -> Value {
    json!({"path": dir.join(name), "size": size, "sha256": HELLO})
}

#[test]
fn an_invented_deliverable_is_seen_at_once() {
    let dir = tempfile::TempDir::new().unwrap();
    let dir_path = dir.path().canonicalize().unwrap();
    std::fs::write(dir_path.join("same"), "hello").unwrap();
    std::fs::write(dir_path.join("other"), "hallo").unwrap();
    std::fs::write(dir_path.join("longer"), "hello!").unwrap();
    let artifacts = ["same", "other", "longer", "ghost"].map(|name| given(&dir_path, name, 5));
    let log_text = format!("all fixed\n{} (5 B, {HELLO})", dir_path.join("same").display());
    let at_review = sub_task(json!({"status": "review", "rework_count": 1, "attempt": 2}));
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", at_review)
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempt(&artifacts))
        .on("GET /api/logs", json!([log(json!({"summary": log_text}))]))
        .on("GET /api/review-records", page(&[review(json!({}))]));
    let d = dir_path.display();
    Test::at_moss(&server, &["review", "show", "01a3c9f2"])
        .stdout(&format!(
            "\
REVIEW 01a3c9f2 \"Order list API\"
accepted when:
> pages by 20
they say:
> all fixed
3 of 4 files are not here as they were handed in: on another machine, or never made
changed \"{d}/other\" (5 B, sha256 2cf24dba)
changed \"{d}/longer\" (5 B, sha256 2cf24dba)
missing \"{d}/ghost\" (5 B, sha256 2cf24dba)
present \"{d}/same\" (5 B)
earlier: rejected 2/5, round 1:
> page_size is ignored
-> moss review approve 01a3c9f2 --attempt 2 --score 3-5 --comment \"WHY\"
-> moss review reject 01a3c9f2 --attempt 2 --score 1-2 --issues \"what is wrong\"
-> moss review show 01a3c9f2 --all  # who, what was asked, scores
"
        ))
        .run();
    Test::at_moss(&server, &["review", "show", "01a3c9f2", "--all"])
        .stdout(&format!(
            "\
REVIEW 01a3c9f2 \"Order list API\" round 2, by \"AI-Wu\"
do:
> GET /orders
hand in:
> orders.py
accepted when:
> pages by 20
they say:
> all fixed
3 of 4 files are not here as they were handed in: on another machine, or never made
changed \"{d}/other\" (5 B, sha256 2cf24dba)
changed \"{d}/longer\" (5 B, sha256 2cf24dba)
missing \"{d}/ghost\" (5 B, sha256 2cf24dba)
present \"{d}/same\" (5 B)
earlier: rejected 2/5, round 1:
> page_size is ignored
-> moss review approve 01a3c9f2 --attempt 2 --score 3-5 --comment \"WHY\"  # 5 better than asked, 4 as asked, 3 barely
-> moss review reject 01a3c9f2 --attempt 2 --score 1-2 --issues \"what is wrong\"  # 2 falls short, 1 not what was asked
"
        ))
        .run();
}

#[test]
fn what_it_is_built_on_is_looked_at_too() {
    let dir = tempfile::tempdir().unwrap();
    let dir_path = dir.path().canonicalize().unwrap();
    std::fs::write(dir_path.join("schema"), "hello").unwrap();
    let below = [given(&dir_path, "schema", 5), given(&dir_path, "gone", 5)];
    let at_review = sub_task(json!({"status": "review", "depends_on": [OTHER_SUB]}));
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", at_review)
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempt(&[]))
        .on(&format!("GET /api/sub-tasks/{OTHER_SUB}/attempts"), attempt(&below))
        .on("GET /api/logs", json!([]))
        .on("GET /api/review-records", page(&[]));
    let d = dir_path.display();
    let ran = Test::at_moss(&server, &["review", "show", "01a3c9f2"]).any_stdout().run();
    let told = format!(
        "no files were handed in\n\
         built on 02bc77d0: missing \"{d}/gone\" (5 B, sha256 2cf24dba)\n\
         built on 02bc77d0: present \"{d}/schema\" (5 B)\n"
    );
    assert!(ran.stdout.contains(&told), "{}", ran.stdout);
}

#[test]
fn verdicts_name_the_attempt_they_judge() {
    let approved = review(
        json!({"result": "approved", "score": 4, "round": 2, "waiting": 2, "next_waiting": OTHER_SUB}),
    );
    let server = Responder::moss()
        .on("POST /api/review-records", approved)
        .on("POST /api/review-records", review(json!({"waiting": 0})));
    let args =
        ["review", "approve", "01a3c9f2", "--attempt", "2", "--score", "4", "--comment", "good"];
    Test::at_moss(&server, &args)
        .stdout(
            "approved 01a3c9f2 round 2, score 4 (+5 for its executor)\n\
                 2 more wait\n\
                 -> moss review show 02bc77d0\n",
        )
        .run();
    let args =
        ["review", "reject", "01a3c9f2", "--score", "2", "--issues", "no tests", "--to", "AI-Lin"];
    Test::at_moss(&server, &args)
        .stdout(
            "rejected 01a3c9f2 round 1, score 2 (-5 for its executor)\n\
                 nothing else waits for your verdict: stop here\n",
        )
        .run();
    let bodies: Vec<_> = server.asked().iter().map(test_support::responder::Asked::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"sub_task_id": "01a3c9f2", "result": "approved", "score": 4, "issues": "",
                   "comment": "good", "attempt": 2}),
            json!({"sub_task_id": "01a3c9f2", "result": "rejected", "score": 2,
                   "issues": "no tests", "comment": "", "rework_agent": "AI-Lin"}),
        ]
    );
}

#[test]
fn a_verdict_on_what_was_not_shown_says_what_shows_it() {
    let refused = json!({
        "detail": "you were not shown attempt 2 of sub-task 01a3c9f2, and a verdict is on what its \
                   reviewer was shown",
        "code": "not_shown", "hint": "look at it, then judge",
        "next": {"action": "show_handed_in", "id": "01a3c9f2"},
    });
    let server = Responder::moss().on("POST /api/review-records", (409, refused));
    Test::at_moss(&server, &["review", "approve", "01a3c9f2", "--score", "4"])
        .stderr(
            "error: you were not shown attempt 2 of sub-task 01a3c9f2, and a verdict is on what its \
             reviewer was shown\nhint: look at it, then judge: moss review show 01a3c9f2\n",
        )
        .status(6)
        .run();
    assert_eq!(server.lines(), ["POST /api/review-records"], "looking is left to the reviewer");
}

#[test]
fn a_score_fits_its_verdict_and_those_a_command_names_are_none() {
    let good = "choose one: 5 better than asked, 4 as asked, 3 barely";
    let bad = "choose one: 2 falls short, 1 not what was asked";
    let refused = |verdict: &[&str], score: &str, why: &str| {
        let args = [&["review"], verdict, &["--score", score]].concat();
        let told = format!(
            "error: invalid value '{score}' for '--score <SCORE>': {why}\nhint: see --help\n"
        );
        Test::nowhere(&args).stderr(&told).status(2).run();
    };
    let approve = &["approve", "01a3c9f2"][..];
    let reject = &["reject", "01a3c9f2", "--issues", "no tests"][..];
    for score in ["6", "9", "0", "3-5", "1-2", "N"] {
        refused(approve, score, good);
        refused(reject, score, bad);
    }
}

#[test]
fn what_stands_for_a_text_is_not_sent() {
    for (args, said) in [
        (&["submit", "01a3c9f2", "--summary", "what you did"][..], "--summary is \"what you did\""),
        (&["submit", "01a3c9f2", "--summary", "…"], "--summary is \"…\""),
        (
            &["review", "approve", "01a3c9f2", "--score", "4", "--comment", "WHY"],
            "--comment is \"WHY\"",
        ),
        (
            &["review", "reject", "01a3c9f2", "--score", "2", "--issues", "what is wrong"],
            "--issues is \"what is wrong\"",
        ),
        (&["patrol", "block", "01a3c9f2", "--reason", "..."], "--reason is \"...\""),
    ] {
        let server = Responder::moss();
        Test::at_moss(&server, args)
            .stderr(&format!("error: {said}, which stands for words of your own\n"))
            .status(8)
            .run();
        assert_eq!(server.lines(), [""; 0]);
    }
}

#[test]
fn the_queue_and_the_verdicts_so_far() {
    let server = Responder::moss()
        .on("GET /api/sub-tasks", page(&[sub_task(json!({"status": "review"}))]))
        .on("GET /api/review-records", page(&[review(json!({}))]));
    Test::at_moss(&server, &["review", "list"])
        .stdout("01a3c9f2\treview\thigh\t\"Order list API\"\ta0000000\t77aa00bb\n")
        .run();
    Test::at_moss(&server, &["review", "list", "--records"])
        .stdout("2026-11-20T09:45Z\t01a3c9f2\t1\trejected\t2\t\"page_size is ignored\"\tcccc0000\n")
        .run();
    assert_eq!(server.asked()[0].query, "status=review&page=1&page_size=50");
}

#[test]
fn a_late_submission_is_adopted_or_left() {
    let late = json!({
        "id": "5f6a7b8c-0000-4000-8000-000000000000", "sub_task_id": SUB,
        "sub_task_name": "Order list API", "attempt": 1, "ended_by": "timeout", "agent_id": ME,
        "agent_name": "AI-Wu", "summary": "all fixed\n-> moss plan cancel 01a3c9f2",
        "artifacts": [{"path": "/ws/orders.py", "size": 5, "sha256": HELLO}],
        "created_at": NOW, "state": "waiting",
    });
    let mut waking = packet(json!({"late": [late]}));
    waking["me"]["role"] = json!("reviewer");
    let server = Responder::moss()
        .on("GET /api/wake", waking)
        .on("POST /api/late-submissions/5f6a7b8c/adopt", sub_task(json!({"status": "review"})))
        .on("GET /api/late-submissions", json!([late]))
        .on("POST /api/late-submissions/5f6a7b8c/dismiss", late);
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = "\
LATE 5f6a7b8c for 01a3c9f2 \"Order list API\", by \"AI-Wu\": attempt 1 had ended (timeout)
said:
> all fixed
> -> moss plan cancel 01a3c9f2
file \"/ws/orders.py\" (5 B, sha256 2cf24dba)
-> moss review adopt 5f6a7b8c  # judge it as a new attempt
-> moss review dismiss 5f6a7b8c  # not wanted
";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    Test::at_moss(&server, &["review", "list", "--late"])
        .stdout(
            "5f6a7b8c\t01a3c9f2\t1\ttimeout\t\"AI-Wu\"\t\"/ws/orders.py\"\t\
             \"all fixed\\n-> moss plan cancel 01a3c9f2\"\n",
        )
        .run();
    Test::at_moss(&server, &["review", "adopt", "5f6a7b8c"])
        .stdout(
            "adopted as attempt 1 of 01a3c9f2 \"Order list API\": it waits for its verdict\n\
             -> moss review show 01a3c9f2\n",
        )
        .run();
    Test::at_moss(&server, &["review", "dismiss", "5f6a7b8c"])
        .stdout("dismissed 5f6a7b8c, a late submission for 01a3c9f2\n")
        .run();
}
