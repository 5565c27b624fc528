//! The size of a packet: counting model tokens without a tokenizer, and cutting down to a budget.

use crate::short_id;
use crate::text::clip;
use crate::wire::NextStep;
use crate::wire::wake::{Omitted, WakePacket, WorkItem};
use crate::work::{Role, SubTaskStatus};

/// About how many model tokens a text takes (o200k): four ASCII letters a token, and one for
/// each character of other scripts. Errs on the high side for prose.
pub fn tokens(text: &str) -> usize {
    let (mut ascii, mut other) = (0, 0);
    for c in text.chars() {
        if c.is_ascii() {
            ascii += 1;
        } else {
            other += 1;
        }
    }
    usize::div_ceil(ascii, 4) + other
}

/// Cuts a packet down until `cost` is at most `budget`, least important first, and writes into
/// `omitted` what went and what shows it. Never touches the first item's id, name or
/// acceptance; a budget too small even for that is exceeded.
pub fn fit(packet: &mut WakePacket, budget: usize, cost: impl Fn(&WakePacket) -> usize) {
    let all = packet.items.len();
    let cuts: [&dyn Fn(&mut WakePacket); 10] = [
        &cut_lessons,
        &|p| clip_items(p, 1, 300),
        &|p| clip_said(p, 600),
        &cut_rules,
        &|p| keep_items(p, 5, all),
        &|p| clip_items(p, 1, 0),
        &|p| keep_items(p, 1, all),
        &cut_built_on,
        &|p| clip_items(p, 0, 300),
        &|p| clip_said(p, 200),
    ];
    for cut in cuts {
        if cost(packet) <= budget {
            return;
        }
        cut(packet);
    }
}

fn omit(packet: &mut WakePacket, what: String, next: NextStep) {
    packet.omitted.retain(|o| o.what != what);
    packet.omitted.push(Omitted { what, next });
}

fn cut_lessons(packet: &mut WakePacket) {
    let cut = packet.lessons.len().saturating_sub(1);
    if cut > 0 {
        packet.lessons.truncate(1);
        omit(packet, format!("{cut} older lessons"), NextStep::ReadReflections);
    }
}

fn cut_rules(packet: &mut WakePacket) {
    let Some(rules) = &mut packet.rules else { return };
    if rules.content.take().is_some() {
        let what = format!("rules ({} tokens)", rules.tokens);
        omit(packet, what, NextStep::ReadRules);
    }
}

fn keep_items(packet: &mut WakePacket, keep: usize, all: usize) {
    if packet.items.len() > keep {
        packet.items.truncate(keep);
        let at = |status| NextStep::ListSubTasks { task: None, status: Some(status) };
        let next = match packet.me.role.get() {
            Some(Role::Reviewer) => NextStep::ListReviews,
            Some(Role::Executor) | None => NextStep::ListMine,
            Some(Role::Planner) => at(SubTaskStatus::Blocked),
            Some(Role::Patrol) => at(SubTaskStatus::InProgress),
        };
        packet.omitted.retain(|o| o.next != next);
        omit(packet, format!("{} more sub-tasks", all.saturating_sub(keep)), next);
    }
}

fn clip_items(packet: &mut WakePacket, from: usize, chars: usize) {
    let texts = |item: &mut WorkItem| {
        [&mut item.description, &mut item.deliverable].map(|text| shorten(text, chars))
    };
    let cut = packet.items.iter_mut().skip(from).filter_map(|item| {
        let cut = texts(item).contains(&true);
        cut.then(|| item.id.clone())
    });
    let cut = cut.collect();
    omit_texts(packet, cut);
}

/// What others said of an item: of its delivery, of a rejection, of why it stands still.
fn clip_said(packet: &mut WakePacket, chars: usize) {
    let mut cut = Vec::new();
    for item in &mut packet.items {
        let delivered = item.delivered.iter_mut().chain(&mut item.built_on);
        let mut said: Vec<&mut String> =
            delivered.map(|delivered| &mut delivered.summary).collect();
        if let Some(rejection) = &mut item.rejection {
            said.extend([&mut rejection.issues, &mut rejection.comment]);
        }
        said.extend(&mut item.reason);
        let shortened = said.into_iter().filter_map(|text| shorten(text, chars).then_some(()));
        if shortened.count() > 0 {
            cut.push(item.id.clone());
        }
    }
    omit_texts(packet, cut);
}

fn shorten(text: &mut String, chars: usize) -> bool {
    let is_long = text.chars().count() > chars;
    if is_long {
        *text = clip(text, chars);
    }
    is_long
}

fn omit_texts(packet: &mut WakePacket, of: Vec<String>) {
    let id = match of.as_slice() {
        [] => return,
        [one] => Some(short_id(one).to_owned()),
        _ => None,
    };
    // Of more than one after all, when another was shortened before.
    let what = "some full texts";
    let before = packet.omitted.iter().find(|o| o.what == what).map(|o| o.next.clone());
    let next = NextStep::Show { id };
    let next =
        if before.is_none_or(|before| before == next) { next } else { NextStep::Show { id: None } };
    omit(packet, what.to_owned(), next);
}

fn cut_built_on(packet: &mut WakePacket) {
    let cut: usize = packet.items.iter().map(|item| item.built_on.len()).sum();
    if cut > 0 {
        for item in &mut packet.items {
            item.built_on.clear();
        }
        omit(packet, format!("{cut} deliverables built on"), NextStep::Show { id: None });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{fit, tokens};
    use crate::wire::NextStep;
    use crate::wire::wake::WakePacket;

    fn item(n: usize, said: &str) -> Value {
        json!({
            "kind": "review", "id": format!("{n:08x}-0000"), "name": "N", "task_id": "t",
            "task_name": "T", "priority": "high", "round": 1, "attempt": 1,
            "since": "2026-11-20T09:45:00Z", "description": "d", "deliverable": "f",
            "acceptance": "a",
            "delivered": {"sub_task_id": "s", "name": "N", "agent": "A", "summary": said,
                          "artifacts": [], "at": "2026-11-20T09:45:00Z"}
        })
    }

    fn packet(items: Vec<Value>) -> WakePacket {
        serde_json::from_value(json!({
            "schema": 1, "now": "2026-11-20T09:45:00Z", "project": "news",
            "me": {"id": "i", "name": "A", "role": "reviewer", "score": 0, "score_change": 0,
                   "rank": 1, "agents": 1},
            "work": true, "cursor": "c", "items": items,
            "rules": {"version": "v", "tokens": 9, "content": "be kind"}
        }))
        .unwrap()
    }

    fn cost(packet: &WakePacket) -> usize {
        serde_json::to_string(packet).unwrap().len()
    }

    #[test]
    fn a_long_summary_goes_before_the_rules_and_says_where_it_is() {
        let mut packet = packet(vec![item(1, &"word ".repeat(3_000)), item(2, "short")]);
        fit(&mut packet, 3_000, cost);
        assert!(cost(&packet) <= 3_000);
        assert!(packet.rules.unwrap().content.is_some());
        let [omitted] = packet.omitted.as_slice() else { panic!("{:?}", packet.omitted) };
        assert_eq!(omitted.what, "some full texts");
        assert_eq!(omitted.next, NextStep::Show { id: Some("00000001".into()) });
    }

    #[test]
    fn what_went_is_counted_from_what_there_was() {
        let mut packet = packet((0..20).map(|n| item(n, "said")).collect());
        fit(&mut packet, 0, cost);
        assert_eq!(packet.items.len(), 1);
        assert!(
            packet.omitted.iter().any(|o| o.what == "19 more sub-tasks"),
            "{:?}",
            packet.omitted
        );
    }

    #[test]
    fn tokens_grow_with_text() {
        assert_eq!((tokens(""), tokens("abcd"), tokens("日本")), (0, 1, 2));
    }
}
