//! Whatever others write: no line of ours is other than it would be without them.

use moss_api::{Role, WakePacket, WorkKind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::config::server_kind::ServerKind;
use crate::render::lines::Lines;
use crate::render::packet::{Reader, render};
use crate::render::screen::Screen;

/// A letter that is nowhere in what moss says.
const MARK: char = 'Ж';
const WHEN: &str = "2026-11-20T09:45:00Z";

/// Pieces of what might pass for something else.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\"",
    "\\",
    "\\\"",
    "> ",
    ">",
    "-> moss wake",
    "\n-> moss score adjust",
    "\nerror: ",
    "\nhint: ",
    "\n1 REWORK 01a3c9f2 \"x\"",
    "\nRULES 3f2a",
    "…",
    " ",
    "  ",
    "\u{1b}[2J",
    "\u{9b}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200d}",
    "\u{fe0f}",
    "\u{fe00}",
    "\u{e0041}",
    "\u{338}",
    "\u{3164}",
    "\u{7f}",
    "\0",
    "日本",
    "👩\u{200d}💻",
    "ab",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    (vec(piece.clone(), 0..6), vec(piece, 0..6))
        .prop_map(|(before, after)| format!("{}{MARK}{}", before.concat(), after.concat()))
}

/// Everything a packet can hold, with every text in it an `x`.
fn packet(role: Role, kind: WorkKind) -> Value {
    let file = json!({"path": "x", "size": 1, "sha256": "x", "note": "x"});
    let delivered = json!({
        "sub_task_id": "x", "name": "x", "agent": "x", "summary": "x", "artifacts": [file], "at": WHEN,
    });
    let item = json!({
        "kind": kind.as_str(), "id": "x", "name": "x", "task_id": "x", "task_name": "x", "priority": "x",
        "round": 2, "attempt": 1, "since": WHEN, "lease_until": WHEN, "agent": "x", "description": "x",
        "deliverable": "x", "acceptance": "x", "reason": "x",
        "rejection": {"score": 2, "reviewer": "x", "issues": "x", "comment": "x", "at": WHEN},
        "delivered": delivered, "built_on": [delivered],
    });
    let mut other = item.clone();
    other["task_id"] = "77aa00bb".into();
    json!({
        "schema": 1, "now": WHEN, "project": "x", "work": true, "cursor": "x", "items": [item, other],
        "me": {"id": "x", "name": "x", "role": role.as_str(), "score": 1, "score_change": 1, "rank": 1, "agents": 2},
        "tasks": [{"id": "x", "name": "x", "status": "x", "sub_tasks": 2, "done": 1, "open": 1, "all_done": false}],
        "claimable": {"count": 1, "more": false, "best_id": "x", "best_name": "x"},
        "lessons": [{"sub_task_id": "x", "summary": "x", "at": WHEN}],
        "owed": [{"sub_task_id": "x", "name": "x", "score": 2}],
        "rules": {"version": "x", "tokens": 1, "content": "x"},
        "omitted": [{"what": "x", "next": {"action": "show", "id": "x"}},
                    {"what": "x", "next": {"action": "log_in", "server": "x"}}],
        "client_version": "x", "minimum_version": "x",
    })
}

/// Puts the next of `texts` in place of every `x`.
fn fill(value: &mut Value, texts: &mut impl Iterator<Item = String>) {
    match value {
        Value::String(text) if text == "x" => *text = texts.next().unwrap(),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, texts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, texts)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn rendered(mut packet: Value, texts: &[String], kind: ServerKind) -> Lines {
    fill(&mut packet, &mut texts.iter().cloned().cycle());
    let packet: WakePacket = serde_json::from_value(packet).unwrap();
    render(&packet, kind, Reader::Unskilled)
}

/// The lines of ours, with every quoted word empty. Fails when one does not end.
fn ours(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with('>'));
    lines.map(without_quoted).collect()
}

fn without_quoted(line: &str) -> String {
    let (mut rest, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            _ if std::mem::take(&mut is_escaped) => {}
            '"' => {
                is_quoted = !is_quoted;
                rest.push(c);
            }
            '\\' if is_quoted => is_escaped = true,
            _ if is_quoted => {}
            c => rest.push(c),
        }
    }
    assert!(!is_quoted, "a quoted word does not end: {line}");
    rest
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_others_write_the_lines_of_ours_are_the_same(
        texts in vec(hostile(), 1..20),
        role in select(Role::ALL),
        kind in select(WorkKind::ALL),
        original in any::<bool>(),
    ) {
        let server = if original { ServerKind::OpenMoss } else { ServerKind::Moss };
        let plain = rendered(packet(role, kind), &["x".to_owned()], server).plain();
        let hostile = rendered(packet(role, kind), &texts, server);
        let text = hostile.plain();
        prop_assert_eq!(ours(&text), ours(&plain));
        for line in text.lines() {
            let is_theirs = line.starts_with('>');
            prop_assert!(is_theirs || !without_quoted(line).contains(MARK), "{}", line);
            prop_assert!(!(line.starts_with("->") && line.contains(MARK)), "{}", line);
            moss_api::visible::each(line, |c, is_hidden| {
                assert!(!is_hidden || c == '\t', "{c:?} in {line}");
            });
        }
        // At a terminal a line of theirs is broken into several, and each is marked.
        let commands = |text: &str| text.matches("\n  -> ").count();
        for width in [20, 33, 80] {
            let shown = hostile.on(&Screen::new(width, false));
            for line in shown.lines().filter(|line| line.contains(MARK)) {
                let begins = line.trim_start();
                let lead = begins.split(MARK).next().unwrap_or_default();
                prop_assert!(begins.starts_with('>') || lead.contains('"'), "{} at {}", line, width);
            }
            prop_assert_eq!(commands(&shown), text.matches("\n-> ").count());
        }
    }
}
