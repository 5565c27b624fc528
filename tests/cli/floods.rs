//! Nobody hands in so much, or writes so much, that what to type next is lost behind it.

use serde_json::{Value, json};

use test_support::builder::{ME, Test};
use test_support::responder::Responder;
use test_support::sample::{
    HELLO, NOW, OTHER_SUB, SUB, TASK, item, log, packet, page, review, sub_task,
};

/// The characters that a host passes on.
const MOST: usize = 12_000;

fn files(count: usize, path: &str) -> Vec<Value> {
    let file = |n| json!({"path": format!("{path}{n}"), "size": 5, "sha256": HELLO, "note": "n"});
    (0..count).map(file).collect()
}

fn attempt(number: i64, files: &[Value]) -> Value {
    json!({
        "sub_task_id": SUB, "number": number, "agent_id": ME, "agent_name": "AI-Wu",
        "session_id": null, "opened_at": NOW, "ended_at": NOW, "outcome": "submit",
        "artifacts": files
    })
}

/// The most files that are taken, and few with the longest paths.
fn deliveries() -> [(usize, String); 2] {
    [(200, format!("/ws/{}/", "d".repeat(60))), (3, format!("/a/{}", "d".repeat(4_000)))]
}

fn told(server: &Responder, args: &[&str]) -> String {
    let told = Test::at_moss(server, args).any_stdout().run().stdout;
    assert!(told.chars().count() <= MOST, "{}", told.len());
    told
}

fn commands(told: &str) -> Vec<&str> {
    told.lines().filter(|line| line.starts_with("-> ")).collect()
}

#[test]
fn a_verdict_can_be_passed_on_any_number_of_files() {
    for (count, path) in deliveries() {
        let accepted = "it works ".repeat(50);
        let at_review = sub_task(json!({
            "status": "review", "attempt": 2, "acceptance": accepted,
            "depends_on": [OTHER_SUB, TASK],
        }));
        let attempts = json!([attempt(2, &files(count, &path))]);
        let reviews = vec![review(json!({"issues": "x ".repeat(4_000)})); 20];
        let server = Responder::moss()
            .on("GET /api/sub-tasks/01a3c9f2", at_review)
            .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempts.clone())
            .on(&format!("GET /api/sub-tasks/{OTHER_SUB}/attempts"), attempts.clone())
            .on(&format!("GET /api/sub-tasks/{TASK}/attempts"), attempts)
            .on("GET /api/logs", json!([log(json!({"summary": "s ".repeat(8_000)}))]))
            .on("GET /api/review-records", page(&reviews));
        let told = told(&server, &["review", "show", "01a3c9f2"]);
        assert!(told.contains(accepted.trim()), "{told}");
        assert!(told.contains("they say:\n> s s s s"), "{told}");
        let doubt = format!("{count} of {count} files are not here as they were handed in");
        let first = told.find("missing \"").expect("a file is told");
        assert!(told.find(&doubt).expect("the doubt is told") < first, "{told}");
        assert!(told.contains("earlier: rejected 2/5"), "{told}");
        assert_eq!(commands(&told).len(), 3, "{told}");
        assert!(commands(&told)[0].starts_with("-> moss review approve 01a3c9f2 --attempt 2"));
        let all = ["review", "show", "01a3c9f2", "--all"];
        let whole = Test::at_moss(&server, &all).any_stdout().run().stdout;
        assert_eq!(whole.matches(&path).count(), 3 * count, "all of all three");
    }
}

#[test]
fn what_needs_a_look_stands_first_and_the_rest_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let dir_path = dir.path().canonicalize().unwrap();
    let mut handed_in = Vec::new();
    for n in 0..30 {
        let path = dir_path.join(n.to_string());
        std::fs::write(&path, "hello").unwrap();
        handed_in.push(json!({"path": path, "size": 5, "sha256": HELLO}));
    }
    handed_in.push(json!({"path": "/no/such/file", "size": 5, "sha256": HELLO}));
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({"status": "review", "attempt": 1})))
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), json!([attempt(1, &handed_in)]))
        .on("GET /api/logs", json!([]))
        .on("GET /api/review-records", page(&[]));
    let d = dir_path.display();
    let told = told(&server, &["review", "show", "01a3c9f2"]);
    let begins = format!(
        "they say nothing\n\
         1 of 31 files are not here as they were handed in: on another machine, or never made\n\
         missing \"/no/such/file\" (5 B, sha256 2cf24dba)\n\
         present \"{d}/0\" (5 B)\n"
    );
    assert!(told.contains(&begins), "{told}");
    let ends = format!(
        "present \"{d}/18\" (5 B)\n\
         … 11 more files: moss review show 01a3c9f2 --all\n\
         -> moss review approve"
    );
    assert!(told.contains(&ends), "{told}");
}

#[test]
fn an_executor_is_told_what_to_do_whatever_it_is_built_on() {
    for (count, path) in deliveries() {
        let delivered = json!({
            "sub_task_id": OTHER_SUB, "name": "DB schema", "agent": "AI-Lin",
            "summary": "s ".repeat(8_000), "artifacts": files(count, &path), "at": NOW,
        });
        let accepted = "it works ".repeat(50);
        let going = item(json!({
            "kind": "in_progress", "acceptance": accepted, "built_on": vec![delivered; 40],
        }));
        let server = Responder::moss()
            .on("POST /api/sub-tasks/claim-next", sub_task(json!({"status": "in_progress"})))
            .on("GET /api/wake", packet(json!({"items": [going]})));
        let told = told(&server, &["claim", "--start"]);
        assert!(told.contains(accepted.trim()), "{told}");
        assert!(told.contains("built on 02bc77d0 \"DB schema\" by \"AI-Lin\""), "{told}");
        assert!(told.contains("more sub-tasks it is built on: moss show 01a3c9f2 --all\n"));
        assert_eq!(commands(&told).len(), 3, "{told}");
        assert!(told.ends_with("\n… whole: moss show 01a3c9f2 --all\n"), "{told}");
    }
}

#[test]
fn a_packet_tells_twenty_files_and_short_paths() {
    let delivered = json!({
        "sub_task_id": OTHER_SUB, "name": "DB schema", "agent": "AI-Lin", "summary": "done",
        "artifacts": files(25, &format!("/a/{}", "d".repeat(4_000))), "at": NOW,
    });
    let rework = item(json!({"kind": "in_progress", "built_on": [delivered]}));
    let server = Responder::moss().on("GET /api/wake", packet(json!({"items": [rework]})));
    let told = told(&server, &["wake", "--max-tokens", "20000"]);
    assert_eq!(told.lines().filter(|line| line.starts_with("file ")).count(), 20, "{told}");
    assert!(told.lines().all(|line| line.chars().count() < 250), "{told}");
    assert!(told.contains("\n… 5 more files: moss show 02bc77d0 --all\n"), "{told}");
    assert_eq!(commands(&told).len(), 3, "{told}");
}

#[test]
fn the_newest_of_a_long_story_is_told() {
    let attempts: Vec<_> = (1..=60).map(|n| attempt(n, &files(200, "/ws/"))).collect();
    let event = |n: i64| {
        json!({"seq": n, "at": NOW, "action": "edit", "agent_id": ME, "agent_name": "AI-Wu",
               "from": "assigned", "to": "assigned", "attempt": 1, "detail": format!("event {n}.")})
    };
    let history: Vec<_> = (1..=500).map(event).collect();
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({"acceptance": "it works ".repeat(50)})))
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), json!(attempts))
        .on(&format!("GET /api/sub-tasks/{SUB}/history"), json!(history))
        .on("GET /api/review-records", page(&[]));
    let told = told(&server, &["show", "01a3c9f2"]);
    assert!(told.contains("it works ".repeat(50).trim()), "{told}");
    assert!(told.contains("earlier attempts: moss show 01a3c9f2 --all\n"), "{told}");
    assert!(told.contains("attempt 60: \"AI-Wu\""), "{told}");
    assert!(told.contains("earlier events: moss show 01a3c9f2 --all\n"), "{told}");
    assert!(told.contains("event 500."), "{told}");
}

#[test]
fn a_long_plan_ends_with_what_to_type() {
    let made = |n: usize| {
        json!({"key": "x", "id": SUB, "name": format!("Part {n} {}", "x".repeat(60)),
               "change": "created"})
    };
    let outcome = json!({
        "task": {"key": "Shop", "id": TASK, "name": "Shop", "change": "created"},
        "modules": [], "sub_tasks": (0..400).map(made).collect::<Vec<_>>(),
    });
    let server = Responder::moss().on("POST /api/plans", outcome);
    let told = Test::at_moss(&server, &["plan", "apply", "-"])
        .stdin("task: {name: Shop}\n")
        .any_stdout()
        .run()
        .stdout;
    assert!(told.chars().count() <= MOST, "{}", told.len());
    let kept = told.matches("\tcreated\t\"Part").count();
    let ends = format!(
        "… {} more of them: moss show 77aa00bb --all\n-> moss plan status 77aa00bb\n\
         … whole: moss show 77aa00bb --all\n",
        400 - kept
    );
    assert!(told.starts_with("task 77aa00bb \"Shop\" created, 400 created\n"), "{told}");
    assert!(kept > 50 && told.ends_with(&ends), "{told}");
}

#[test]
fn the_next_page_is_named_below_the_longest_rows() {
    let rows = vec![sub_task(json!({"name": "日".repeat(300)})); 50];
    let mut first = page(&rows);
    first["total"] = 88.into();
    first["has_more"] = true.into();
    let server = Responder::moss().on("GET /api/sub-tasks", first);
    let told = told(&server, &["list"]);
    let mut last = told.lines().rev();
    assert_eq!(last.next(), Some("… 38 more: moss list --page 2"), "{told}");
    let before = last.next().unwrap();
    assert!(before.ends_with(" more lines: moss list --all"), "{told}");
}
