//! The size of a packet: counting model tokens without a tokenizer, and cutting down to a budget.

use crate::text::clip;
use crate::wire::NextStep;
use crate::wire::wake::{Omitted, WakePacket};
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
    let cuts: [fn(&mut WakePacket); 8] = [
        cut_lessons,
        |p| clip_items(p, 1, 300),
        cut_rules,
        |p| keep_items(p, 5),
        |p| clip_items(p, 1, 0),
        |p| keep_items(p, 1),
        cut_built_on,
        |p| clip_items(p, 0, 300),
    ];
    for cut in cuts {
        if cost(packet) <= budget {
            return;
        }
        cut(packet);
    }
}

fn omit(packet: &mut WakePacket, what: String, next: NextStep) {
    packet.omitted.retain(|o| o.next != next);
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

fn keep_items(packet: &mut WakePacket, keep: usize) {
    let cut = packet.items.len().saturating_sub(keep);
    if cut > 0 {
        packet.items.truncate(keep);
        let at = |status| NextStep::ListSubTasks { task: None, status: Some(status) };
        let next = match packet.me.role.get() {
            Some(Role::Reviewer) => NextStep::ListReviews,
            Some(Role::Executor) | None => NextStep::ListMine,
            Some(Role::Planner) => at(SubTaskStatus::Blocked),
            Some(Role::Patrol) => at(SubTaskStatus::InProgress),
        };
        omit(packet, format!("{cut} more sub-tasks"), next);
    }
}

fn clip_items(packet: &mut WakePacket, from: usize, chars: usize) {
    let mut cut = false;
    for item in packet.items.iter_mut().skip(from) {
        for text in [&mut item.description, &mut item.deliverable] {
            if text.chars().count() > chars {
                *text = clip(text, chars);
                cut = true;
            }
        }
    }
    if cut {
        omit(packet, "some full texts".into(), NextStep::Show { id: None });
    }
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
    use super::tokens;

    #[test]
    fn tokens_grow_with_text() {
        assert_eq!((tokens(""), tokens("abcd"), tokens("日本")), (0, 1, 2));
    }
}
