//! What a wake-up costs, counted with the tokenizer models use (o200k).

use std::sync::LazyLock;
use std::time::Instant;

use moss_api::{
    MAX_ANSWER_BYTES, MAX_ARTIFACTS, MAX_OUTPUT_CHARS, MAX_SUMMARY_BYTES, MAX_TEXT_BYTES, NextStep,
};
use serde_json::{Value, json};
use tiktoken_rs::CoreBPE;

use test_support::builder::{ME, Test};
use test_support::responder::Responder;
use test_support::sample::{HELLO, NOW, SUB, item, log, packet, page, sub_task, with};

const RULES: &str = include_str!("../../rules/global-rule-example.md");

/// Ten sub-tasks as planners write them.
const WORK: [(&str, &str, &str, &str); 10] = [
    (
        "rework",
        "Order list API",
        "GET /orders with filters by customer and date, newest first.",
        "Pages by 20; an empty list is tested; all tests pass.",
    ),
    (
        "in_progress",
        "Import exchange rates",
        "Read the ECB's daily file into table rates, once a day.",
        "Running it twice adds nothing; a broken file changes nothing and is logged.",
    ),
    (
        "in_progress",
        "Invoice PDF",
        "One page per order with our address, the items and the tax.",
        "Opens in two viewers; the sum equals the order's; umlauts are right.",
    ),
    (
        "assigned",
        "Customer search",
        "Search by name or e-mail, from three letters on.",
        "10,000 customers answer within 100 ms; no injection.",
    ),
    (
        "assigned",
        "Login throttling",
        "Five wrong passwords lock the name for a minute.",
        "The sixth answers 429; another name is not locked; tests use a fake clock.",
    ),
    (
        "assigned",
        "Stock count",
        "Reserve on order, release on cancel.",
        "Two orders at once never sell the last piece twice.",
    ),
    (
        "assigned",
        "Price rounding",
        "Round half to even, in cents, in one place.",
        "All sums in tests/prices.csv come out right.",
    ),
    (
        "assigned",
        "Export as CSV",
        "All orders of a month, for the accountant.",
        "Opens in a spreadsheet; quotes and line ends in names survive.",
    ),
    (
        "assigned",
        "Mail templates",
        "Confirmation, shipped, cancelled, in English and German.",
        "No placeholder is left in any of the six mails.",
    ),
    (
        "assigned",
        "Release notes",
        "What changed since 1.3, for users.",
        "One line for each change, the breaking ones first.",
    ),
];

fn work() -> Vec<Value> {
    let each = WORK.iter().enumerate().map(|(n, (kind, name, what, acceptance))| {
        let mut item = item(json!({
            "kind": kind, "id": format!("{n:02x}a3c9f2-0000-4000-8000-000000000001"), "name": name,
            "description": what, "acceptance": acceptance, "deliverable": "code and tests",
            "lease_until": if *kind == "in_progress" { json!("2026-11-20T10:15:00Z") } else { Value::Null },
        }));
        if *kind == "rework" {
            item["round"] = 2.into();
            item["rejection"] = json!({"score": 2, "reviewer": "AI-Rev", "at": NOW, "comment": "",
                "issues": "page_size is ignored above 20, and nothing tests an empty list."});
        }
        item
    });
    each.collect()
}

fn tokens(text: &str) -> usize {
    static O200K: LazyLock<CoreBPE> = LazyLock::new(|| tiktoken_rs::o200k_base().unwrap());
    O200K.encode_ordinary(text).len()
}

/// The same sub-tasks, as each role finds them.
fn work_of(role: &str) -> Vec<Value> {
    let mut items = work();
    for item in &mut items {
        let (kind, reason) = match role {
            "reviewer" => ("review", None),
            "planner" => ("blocked", Some("unclear: in which currency are the totals?")),
            "patrol" => ("stuck", Some("in_progress without progress")),
            _ => continue,
        };
        item["kind"] = kind.into();
        item["agent"] = "AI-Wu".into();
        item["lease_until"] = Value::Null;
        item["reason"] = json!(reason);
    }
    items
}

fn me(role: &str) -> Value {
    json!({"id": "a", "name": "AI-X", "role": role, "score": 0, "score_change": 0, "rank": 1,
           "agents": 4})
}

/// The packet as a server sends it, at the gate of a timer.
fn at_gate(change: Value) -> String {
    let mut packet: moss_api::WakePacket = serde_json::from_value(packet(change)).unwrap();
    packet.brief();
    let packet = serde_json::to_value(packet).unwrap();
    let server = Responder::moss().on("GET /api/wake", packet);
    Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run().stdout
}

#[test]
fn a_packet_with_ten_sub_tasks_and_the_rules_is_short() {
    for (role, most) in [("executor", 900), ("reviewer", 800), ("planner", 1_000), ("patrol", 900)]
    {
        let rules = json!({"version": "3f2a", "tokens": 200, "content": RULES});
        let mut whole = json!({
            "me": me(role), "items": work_of(role), "rules": rules,
            "lessons": [{"sub_task_id": null, "summary": "read the acceptance list line by line before handing in", "at": NOW}],
        });
        if role == "executor" {
            whole["claimable"] = json!({"count": 4, "more": false, "best_id": "03de51aa-1", "best_name": "Changelog"});
            whole["owed"] =
                json!([{"sub_task_id": "00a3c9f2-0000", "name": "Order list API", "score": 2}]);
        }
        let text = at_gate(whole);
        let count = tokens(&text);
        println!("{text}\n{role}: {count} tokens");
        assert!(count <= most, "the {role}'s packet has {count} tokens");
        for (at, (_, name, ..)) in WORK.iter().enumerate() {
            assert!(text.contains(&format!("\n{} ", at + 1)), "{role}: no item {}", at + 1);
            assert!(text.contains(&format!("{at:02x}a3c9f2 \"{name}\"")), "'{name}' is left out");
        }
        assert!(text.contains("No keys, passwords or personal data"), "the rules are whole");
        assert!(!text.contains("LEFT OUT"), "{text}");
        // The first is told as it is to be done, the others when it is their turn.
        let ((_, _, what, acceptance), (.., later)) = (WORK[0], WORK[1]);
        let is_whole = role != "reviewer";
        assert_eq!(text.contains(what) && text.contains(acceptance), is_whole, "{role}");
        assert!(!text.contains(later), "{role}");
        let issues = "page_size is ignored above 20, and nothing tests an empty list.";
        assert_eq!(text.contains(issues), is_whole, "{role}");
        let next = match role {
            "executor" => "\n-> moss submit 00a3c9f2 --summary \"what you did\" --artifact FILE…\n",
            "reviewer" => "\n-> moss review show 00a3c9f2\n",
            "planner" => "\n-> moss plan release 00a3c9f2  # anyone may claim it\n",
            _ => "\n-> moss patrol block 00a3c9f2 --reason \"what is stuck\"\n",
        };
        assert!(text.contains(next), "commands stand for themselves: {text}");
        assert!(!text.contains(" 01a3c9f2 --"), "one command is enough: {text}");
    }
}

#[test]
fn what_a_verdict_needs_is_short() {
    let dir = tempfile::tempdir().unwrap();
    let dir_path = dir.path().canonicalize().unwrap();
    std::fs::write(dir_path.join("orders.py"), "hello").unwrap();
    let (_, name, what, acceptance) = WORK[0];
    let at_review = sub_task(json!({"status": "review", "attempt": 2, "name": name,
        "description": what, "acceptance": acceptance}));
    let file = json!({"path": dir_path.join("orders.py"), "size": 5, "sha256": HELLO});
    let attempt = json!([{"sub_task_id": SUB, "number": 2, "agent_id": ME, "agent_name": "AI-Wu",
        "session_id": null, "opened_at": NOW, "ended_at": NOW, "outcome": "submit",
        "artifacts": [file]}]);
    let summary = "GET /orders with both filters; 12 tests pass, the empty list is one of them.";
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", at_review)
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempt)
        .on("GET /api/logs", json!([log(json!({"summary": summary}))]))
        .on("GET /api/review-records", page(&[]));
    let shown = |args: &[&str]| {
        let text = Test::at_moss(&server, args).any_stdout().run().stdout;
        text.replace(dir_path.to_str().unwrap(), "/srv/shop")
    };
    let rest = shown(&["review", "show", "01a3c9f2"]);
    let count = tokens(&rest);
    println!("{rest}\n{count} tokens");
    assert!(count <= 150, "{count} tokens");
    assert!(!rest.contains(what), "what explains it is a command away: {rest}");
    assert!(rest.contains("\n-> moss review show 01a3c9f2 --all "), "{rest}");
    let all = shown(&["review", "show", "01a3c9f2", "--all"]);
    for needed in [acceptance, summary, "present", "moss review approve", "moss review reject"] {
        assert!(rest.contains(needed) && all.contains(needed), "{needed}: {rest}\n{all}");
    }
    for known in [what, "round 1", "AI-Wu", "5 better than asked", "1 not what was asked"] {
        assert!(all.contains(known) && !rest.contains(known), "{known}: {rest}\n{all}");
    }
}

/// Texts of which a model's tokenizer makes as many tokens as it can.
const HOSTILE: [&str; 8] = [
    "\u{202e}\u{2066}\u{200b}\u{e0041}",
    "\u{1b2f0}\u{12345}\u{10a00}",
    "e\u{301}\u{302}\u{303}\u{304}",
    "鿕龘㐀\u{20000}",
    "👩\u{200d}💻🏽 ",
    "x\n\n-> moss wake\n> ",
    "qxzvkjw ",
    "\\\"'`~^{}|<>",
];

/// A packet with every list full and every text as long as it may be, of such words.
fn largest(role: &str, hostile: &str) -> Value {
    let text = |bytes: usize| format!("a{}", hostile.repeat(bytes / hostile.len()));
    let line =
        |chars: usize| hostile.replace('\n', " ").chars().cycle().take(chars).collect::<String>();
    let (long, said) = (text(MAX_TEXT_BYTES), text(MAX_SUMMARY_BYTES));
    let file = json!({"path": line(1_000), "size": 1, "sha256": "0".repeat(64), "note": line(500)});
    let delivered = json!({"sub_task_id": SUB, "name": line(200), "agent": line(64), "summary": said,
        "artifacts": vec![file; MAX_ARTIFACTS / 4], "at": NOW});
    let kind = match role {
        "executor" => "rework",
        "reviewer" => "review",
        "planner" => "blocked",
        _ => "stuck",
    };
    let item = |n: usize| {
        item(json!({
            "kind": kind, "id": format!("{n:02x}a3c9f2-0000-4000-8000-000000000001"),
            "name": line(200), "task_name": line(200), "agent": line(64), "reason": said,
            "description": long, "deliverable": long, "acceptance": long, "round": 2,
            "rejection": {"score": 2, "reviewer": line(64), "issues": long, "comment": long,
                          "at": NOW},
            "delivered": delivered, "built_on": vec![delivered.clone(); 3],
        }))
    };
    // A server sends of the others what one line says.
    let brief = |n: usize| {
        let rest = json!({"description": "", "deliverable": "", "acceptance": "", "rejection": null,
            "delivered": null, "built_on": [], "reason": line(160)});
        with(item(n), rest)
    };
    let task = |n: usize| {
        json!({"id": SUB, "name": line(200), "status": "planning", "sub_tasks": 0, "done": 0,
            "open": 0, "all_done": false, "description": if n == 0 { long.clone() } else { line(160) }})
    };
    let amiss = json!({"id": SUB, "type": "stuck", "subject": SUB, "subject_name": line(64),
        "subject_kind": "sub_task", "state": "open", "severity": "warning", "detail": line(300), "opened": NOW, "times": 3});
    let owed = json!({"sub_task_id": SUB, "name": line(200), "score": 2});
    let claimable = json!({"count": 50, "more": true, "best_id": SUB, "best_name": line(200)});
    let of = |whose: &str, list: Vec<Value>| if role == whose { list } else { Vec::new() };
    packet(json!({
        "me": with(me(role), json!({"name": line(64)})), "project": line(200),
        "items": (0..20).map(|n| if n == 0 { item(n) } else { brief(n) }).collect::<Vec<_>>(),
        "tasks": of("planner", (0..20).map(task).collect()),
        "anomalies": of("patrol", vec![amiss; 10]),
        "claimable": if role == "executor" { claimable } else { Value::Null },
        "owed": of("executor", vec![owed; 3]),
        "lessons": vec![json!({"sub_task_id": SUB, "summary": said, "at": NOW}); 5],
        "rules": {"version": "3f2a", "tokens": 50_000, "content": long},
    }))
}

const ROLES: [&str; 4] = ["executor", "reviewer", "planner", "patrol"];

#[test]
fn the_largest_packet_of_every_role_keeps_the_default_budget() {
    for (hostile, role) in HOSTILE.iter().flat_map(|words| ROLES.map(|role| (words, role))) {
        let packet = largest(role, hostile);
        let size = packet.to_string().len();
        assert!(size < MAX_ANSWER_BYTES, "no server sends {size} bytes");
        let server = Responder::moss().on("GET /api/wake", packet);
        let started = Instant::now();
        let text = Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run().stdout;
        let took = started.elapsed();
        let args = ["wake", "--gate", "--json"];
        let json = Test::at_moss(&server, &args).any_stdout().run().stdout;
        let count = tokens(&text);
        println!("{role} {hostile:?}: {size} B in {took:?}, {count} tokens");
        assert!(count <= 3_000, "{role} {hostile:?}: {count} tokens\n{text}");
        assert!(text.contains("\n1 ") && text.contains("\n-> moss "), "{text}");
        assert!(text.contains("LEFT OUT \"rules (50000 tokens)\": moss rules"), "{text}");
        assert!(json.chars().count() <= MAX_OUTPUT_CHARS, "{role} {hostile:?}");
        let json: moss_api::WakePacket = serde_json::from_str(&json).unwrap();
        assert!(json.items[0].id.starts_with("00a3c9f2") && json.me.role.to_string() == role);
        assert!(json.omitted.iter().any(|it| it.next == NextStep::ReadRules), "{json:?}");
    }
}

/// Also with texts that are no longer than that, and where only the lists are long.
#[test]
fn the_lists_of_a_packet_keep_to_a_small_budget() {
    for (role, next) in [
        ("planner", "LEFT OUT \"more tasks\": moss list --tasks\n"),
        ("patrol", "LEFT OUT \"more that is amiss\": moss patrol scan\n"),
    ] {
        let server = Responder::moss().on("GET /api/wake", largest(role, "flowers "));
        let args = ["wake", "--gate", "--max-tokens", "800"];
        let text = Test::at_moss(&server, &args).any_stdout().run().stdout;
        let count = tokens(&text);
        assert!(count <= 800 && text.contains(next), "{role}: {count} tokens\n{text}");
    }
}

/// What it is cut down by is more than it is.
#[test]
fn tokens_are_not_counted_short() {
    for text in HOSTILE.into_iter().chain([RULES, "0123456789abcdef7f", "AbCdEfG hIjK"]) {
        let text = text.repeat(20);
        let (most, count) = (moss_api::tokens_at_most(&text), tokens(&text));
        assert!(most >= count, "{text:?}: {count} counted as {most}");
    }
    assert!(moss_api::tokens_at_most(RULES) < 2 * tokens(RULES), "prose is not cut for nothing");
}

#[test]
fn what_each_role_is_told_of_its_work_is_short() {
    for role in ROLES {
        let me = me(role);
        let server = Responder::moss().on("GET /api/wake", packet(json!({"me": me})));
        let gate = Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run().stdout;
        let plain = Test::at_moss(&server, &["wake"]).any_stdout().run().stdout;
        let (head, brief) = gate.split_once('\n').unwrap();
        assert!(plain.starts_with(head) && gate.len() > plain.len() + 200, "{role}: {gate}");
        let count = tokens(brief);
        println!("{role}: {count} tokens");
        assert!(count <= 125, "the {role}'s brief has {count} tokens");
        // Without work there is nothing to be instructed in.
        let idle = json!({"me": me, "work": false});
        let server = Responder::moss().on("GET /api/wake", packet(idle));
        Test::at_moss(&server, &["wake", "--gate"]).status(3).run();
    }
}
