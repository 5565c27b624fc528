//! What a wake-up costs, counted with the tokenizer models use (o200k).

use serde_json::{Value, json};

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{NOW, item, packet};

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
    tiktoken_rs::o200k_base().unwrap().encode_ordinary(text).len()
}

#[test]
fn an_executors_packet_with_ten_sub_tasks_and_the_rules_is_short() {
    let rules = json!({"version": "3f2a", "tokens": 200, "content": RULES});
    let server = Responder::moss().on("GET /api/wake", packet(json!({
        "items": work(), "rules": rules,
        "claimable": {"count": 4, "more": false, "best_id": "03de51aa-1", "best_name": "Changelog"},
        "owed": [{"sub_task_id": "00a3c9f2-0000", "name": "Order list API", "score": 2}],
        "lessons": [{"sub_task_id": null, "summary": "read the acceptance list line by line before handing in", "at": NOW}],
    })));
    let text = Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run().stdout;
    let count = tokens(&text);
    println!("{text}\n{count} tokens");
    assert!(count <= 1_600, "{count} tokens");
    for (_, name, what, acceptance) in WORK {
        for part in [name, what, acceptance] {
            assert!(text.contains(part), "'{part}' is left out");
        }
    }
    assert!(text.contains("No keys, passwords or personal data"), "the rules are whole");
    assert!(text.contains("\n-> moss submit 00a3c9f2 "), "commands stand for themselves");
}

#[test]
fn what_each_role_is_told_of_its_work_is_short() {
    for role in ["executor", "reviewer", "planner", "patrol"] {
        let me = json!({"id": "a", "name": "AI-X", "role": role, "score": 0, "score_change": 0, "rank": 1, "agents": 4});
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
