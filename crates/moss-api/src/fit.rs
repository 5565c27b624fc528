//! Cutting a packet down to a budget of model tokens.

use std::iter;

use crate::short_id;
use crate::text::clip;
use crate::tokens::tokens_at_most;
use crate::visible;
use crate::wire::wake::{Delivered, Lesson, Omitted, WakePacket, WorkItem};
use crate::wire::{Artifact, NextStep};
use crate::work::{Role, SubTaskStatus};

/// What a name may take of a packet that is too large.
const NAME: usize = 16;
/// What is kept free for the lines that say what was left out.
const NOTICES: usize = 120;
/// What stands around a text: its label.
const LABEL: usize = 12;
/// What stands around a delivery, a file or a lesson: its line with names and times.
const LINE: usize = 60;

/// Cuts a packet down until `cost` is at most `budget`, and writes into `omitted` what went and
/// what shows it. The lines of ours and the names come first; what is left goes to the texts in
/// the order of their use, each of which gets at most half of it. A budget too small even for the
/// lines is exceeded. However long the texts are, no more of them is looked at than may be shown.
pub fn fit(packet: &mut WakePacket, budget: usize, cost: impl Fn(&WakePacket) -> usize) {
    if fits(packet, budget, &cost) {
        return;
    }
    let mut whole = packet.clone();
    take_texts_out(packet);
    names(packet).into_iter().for_each(|name| *name = clip_to(name, NAME, cost_of_name));
    keep_lines(packet, budget / 4 * 3, &cost);
    let mut room = Room(budget.saturating_sub(cost(packet) + NOTICES));
    room.put_back(packet, &mut whole);
}

/// Whether a packet is within the budget as it is.
pub fn fits(packet: &WakePacket, budget: usize, cost: impl Fn(&WakePacket) -> usize) -> bool {
    let most = most_characters(budget);
    let mut seen = 0;
    let is_short = texts(packet).all(|text| {
        seen += text.trim().chars().take(most + 1).count();
        seen <= most
    });
    is_short && cost(packet) <= budget
}

/// No six characters are had for less than a token.
fn most_characters(tokens: usize) -> usize {
    tokens.saturating_mul(6)
}

fn said_of_files(files: &[Artifact]) -> impl Iterator<Item = &String> {
    files.iter().flat_map(|file| [Some(&file.path), file.note.as_ref()]).flatten()
}

/// What others wrote at any length, with each file counted by its path.
fn texts(packet: &WakePacket) -> impl Iterator<Item = &str> {
    let items = packet.items.iter().flat_map(|item| {
        let rejection = item.rejection.iter().flat_map(|it| [&it.issues, &it.comment]);
        let delivered = item
            .delivered
            .iter()
            .chain(&item.built_on)
            .flat_map(|it| said_of_files(&it.artifacts).chain([&it.summary]));
        let asked = [&item.description, &item.deliverable, &item.acceptance];
        asked.into_iter().chain(&item.reason).chain(rejection).chain(delivered)
    });
    let tasks = packet.tasks.iter().map(|task| &task.description);
    let late = packet.late.iter();
    let late = late.flat_map(|late| said_of_files(&late.artifacts).chain([&late.summary]));
    let leftovers = packet.leftovers.iter().chain(&packet.answers);
    let leftovers = leftovers.flat_map(|it| [Some(&it.text), it.answer.as_ref()]).flatten();
    let anomalies = packet.anomalies.iter().map(|anomaly| &anomaly.detail);
    let lessons = packet.lessons.iter().map(|lesson| &lesson.summary);
    let rules = packet.rules.iter().filter_map(|rules| rules.content.as_ref());
    items
        .chain(tasks)
        .chain(late)
        .chain(leftovers)
        .chain(anomalies)
        .chain(lessons)
        .chain(rules)
        .map(String::as_str)
}

/// What a text of others takes at most: as it is shown, behind the margin sign.
fn cost_of_text(text: &str) -> usize {
    if text.trim().is_empty() {
        return 0;
    }
    let shown = visible::text(text);
    tokens_at_most(&shown) + 2 * shown.lines().count() + LABEL
}

fn cost_of_name(name: &str) -> usize {
    tokens_at_most(&visible::quoted(name))
}

/// Whether a text costs no more than that. Of one that is certainly too long nothing is counted.
fn costs_at_most(text: &str, most: usize, cost: impl Fn(&str) -> usize) -> bool {
    text.trim().chars().nth(most_characters(most)).is_none() && cost(text) <= most
}

/// The beginning of a text, as much as `most` pays for.
fn clip_to(text: &str, most: usize, cost: impl Fn(&str) -> usize) -> String {
    if costs_at_most(text, most, &cost) {
        return text.to_owned();
    }
    let (mut low, mut high) = (0, text.chars().take(most_characters(most)).count());
    while low < high {
        let middle = (low + high).div_ceil(2);
        if cost(&clip(text, middle)) <= most {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    clip(text, low)
}

/// Every name of others that stands in a line of ours.
fn names(packet: &mut WakePacket) -> Vec<&mut String> {
    let mut names = vec![&mut packet.project, &mut packet.me.name];
    for item in &mut packet.items {
        names.extend([&mut item.name, &mut item.task_name]);
        names.extend(&mut item.agent);
        names.extend(item.rejection.as_mut().map(|rejection| &mut rejection.reviewer));
        names.extend(item.delivered.as_mut().map(|delivered| &mut delivered.agent));
    }
    names.extend(packet.tasks.iter_mut().map(|task| &mut task.name));
    for late in &mut packet.late {
        names.extend([&mut late.sub_task_name, &mut late.agent_name]);
    }
    for leftover in packet.leftovers.iter_mut().chain(&mut packet.answers) {
        names.extend([&mut leftover.name, &mut leftover.agent_name]);
    }
    names.extend(packet.anomalies.iter_mut().map(|anomaly| &mut anomaly.subject_name));
    names.extend(packet.claimable.as_mut().map(|claimable| &mut claimable.best_name));
    names.extend(packet.owed.iter_mut().map(|owed| &mut owed.name));
    names
}

/// What is asked and what was found wrong, the most useful first.
fn asked(item: &mut WorkItem) -> Vec<&mut String> {
    let mut texts = vec![&mut item.acceptance];
    let comment = item.rejection.as_mut().map(|rejection| {
        texts.push(&mut rejection.issues);
        &mut rejection.comment
    });
    texts.extend([&mut item.description, &mut item.deliverable]);
    texts.extend(&mut item.reason);
    texts.extend(comment);
    texts
}

/// What is shown whole or in part, as far as there is room for it.
fn take_texts_out(packet: &mut WakePacket) {
    for (at, item) in packet.items.iter_mut().enumerate() {
        let reason = item.reason.take();
        asked(item).into_iter().for_each(String::clear);
        item.reason = reason.map(|reason| match at {
            0 => String::new(),
            _ => clip_to(&reason, NAME + LABEL, cost_of_text),
        });
        item.built_on.clear();
        if let Some(delivered) = &mut item.delivered {
            delivered.summary.clear();
            delivered.artifacts.clear();
        }
    }
    let goal = packet.goal();
    for (at, task) in packet.tasks.iter_mut().enumerate() {
        task.description = match goal {
            Some(first) if first == at => String::new(),
            Some(_) | None => clip_to(&task.description, NAME + LABEL, cost_of_text),
        };
    }
    for late in &mut packet.late {
        late.summary = clip_to(&late.summary, LINE, cost_of_text);
        late.artifacts.clear();
    }
    for leftover in packet.leftovers.iter_mut().chain(&mut packet.answers) {
        for text in iter::once(&mut leftover.text).chain(&mut leftover.answer) {
            *text = clip_to(text, LINE, cost_of_text);
        }
    }
    for anomaly in &mut packet.anomalies {
        anomaly.detail = clip_to(&anomaly.detail, LINE, cost_of_text);
    }
    packet.lessons.clear();
    if let Some(rules) = &mut packet.rules {
        rules.content = None;
    }
}

/// As many lines as there is room for: first items go, then tasks, late submissions, leftovers and
/// anomalies. What is to be done first stays.
fn keep_lines(packet: &mut WakePacket, budget: usize, cost: impl Fn(&WakePacket) -> usize) {
    let at = |status| NextStep::ListSubTasks { task: None, status: Some(status) };
    let next = match packet.me.role.get() {
        Some(Role::Reviewer) => NextStep::ListReviews,
        Some(Role::Executor) | None => NextStep::ListMine,
        Some(Role::Planner) => at(SubTaskStatus::Blocked),
        Some(Role::Patrol) => at(SubTaskStatus::InProgress),
    };
    let kept = [
        keep(packet, budget, &cost, |packet| &mut packet.items),
        keep(packet, budget, &cost, |packet| &mut packet.tasks),
        keep(packet, budget, &cost, |packet| &mut packet.late),
        keep(packet, budget, &cost, |packet| &mut packet.leftovers),
        keep(packet, budget, &cost, |packet| &mut packet.anomalies),
        keep(packet, budget, &cost, |packet| &mut packet.answers),
    ];
    let named = [
        ("more sub-tasks", next),
        ("more tasks", NextStep::ListTasks),
        ("more that came late", NextStep::ListLate),
        ("more that is left over", NextStep::ListLeftovers),
        (MORE_AMISS, NextStep::ListAnomalies),
        ("more answers", NextStep::ListQuestions),
    ];
    for (is_whole, (what, next)) in kept.into_iter().zip(named) {
        if !is_whole {
            omit(packet, what, next);
        }
    }
}

/// The first of a list, and of the others as many as there is room for: they are about as long as
/// each other. Whether all of it stays.
fn keep<T>(
    packet: &mut WakePacket,
    budget: usize,
    cost: impl Fn(&WakePacket) -> usize,
    list: impl Fn(&mut WakePacket) -> &mut Vec<T>,
) -> bool {
    let all = if list(packet).len() < 2 { 0 } else { cost(packet) };
    if all <= budget {
        return true;
    }
    let rest = list(packet).split_off(1);
    let first = cost(packet);
    let each = (all.saturating_sub(first) / rest.len()).max(1);
    let keep = budget.saturating_sub(first) / each;
    let is_whole = keep >= rest.len();
    list(packet).extend(rest.into_iter().take(keep));
    is_whole
}

/// What a packet says is left out when not all that is amiss is in it.
pub const MORE_AMISS: &str = "more that is amiss";

fn omit(packet: &mut WakePacket, what: &str, next: NextStep) {
    let what = what.to_owned();
    let omitted = Omitted { what, next };
    if !packet.omitted.contains(&omitted) {
        packet.omitted.push(omitted);
    }
}

/// What is left of the budget.
struct Room(usize);

impl Room {
    /// Takes a text whole, or as much of it as half of the room pays for. Whether that is all.
    fn take(&mut self, to: &mut String, text: &str) -> bool {
        *to = clip_to(text, self.0 / 2, cost_of_text);
        self.0 = self.0.saturating_sub(cost_of_text(to));
        to == text
    }

    /// Whether there is room for this much, which then is gone.
    fn pay(&mut self, cost: usize) -> bool {
        let fits = cost <= self.0;
        if fits {
            self.0 -= cost;
        }
        fits
    }

    /// Puts back what was in `whole`.
    fn put_back(&mut self, packet: &mut WakePacket, whole: &mut WakePacket) {
        let first = packet.items.first_mut().zip(whole.items.first_mut());
        let mut is_whole = true;
        if let Some((item, was)) = first {
            for (to, text) in asked(item).into_iter().zip(asked(was)) {
                is_whole &= self.take(to, text);
            }
        }
        self.put_goal_back(packet, whole);
        self.put_rules_back(packet, whole);
        let first = packet.items.first_mut().zip(whole.items.first_mut());
        if let Some((item, was)) = first {
            if let Some((to, was)) = item.delivered.as_mut().zip(was.delivered.as_mut()) {
                is_whole &= self.fill(to, was);
            }
            for was in &mut was.built_on {
                let is_room = self.pay(2 * LINE);
                if is_room {
                    let mut to = was.clone();
                    for name in [&mut to.name, &mut to.agent] {
                        *name = clip_to(name, NAME, cost_of_name);
                    }
                    is_whole &= self.fill(&mut to, was);
                    item.built_on.push(to);
                }
                is_whole &= is_room;
            }
            let id = Some(short_id(&item.id).to_owned());
            if !is_whole {
                omit(packet, "some full texts", NextStep::Show { id });
            }
        }
        self.put_lessons_back(packet, whole);
    }

    /// What the first goal says: it is work like an item.
    fn put_goal_back(&mut self, packet: &mut WakePacket, whole: &WakePacket) {
        let goal = packet.goal().and_then(|at| packet.tasks.get_mut(at).zip(whole.tasks.get(at)));
        let Some((task, was)) = goal else { return };
        let id = Some(short_id(&task.id).to_owned());
        let is_whole = self.take(&mut task.description, &was.description);
        if !is_whole {
            omit(packet, "a goal's full text", NextStep::Show { id });
        }
    }

    /// Rules are followed whole or not at all.
    fn put_rules_back(&mut self, packet: &mut WakePacket, whole: &mut WakePacket) {
        let content = whole.rules.as_mut().and_then(|rules| rules.content.take());
        let Some((rules, content)) = packet.rules.as_mut().zip(content) else { return };
        let fits = costs_at_most(&content, self.0, cost_of_text);
        if fits && self.pay(cost_of_text(&content)) {
            rules.content = Some(content);
        } else {
            let what = format!("rules ({} tokens)", rules.tokens);
            omit(packet, &what, NextStep::ReadRules);
        }
    }

    /// What was said of a delivery, and as many of its files as there is room for.
    fn fill(&mut self, to: &mut Delivered, was: &Delivered) -> bool {
        let is_whole = self.take(&mut to.summary, &was.summary);
        let files = was.artifacts.iter().take_while(|file| {
            let note = cost_of_text(file.note.as_deref().unwrap_or_default());
            self.pay(LINE + cost_of_name(&file.path) + note)
        });
        to.artifacts = files.cloned().collect();
        is_whole && to.artifacts.len() == was.artifacts.len()
    }

    /// The newest, shortened if need be, and of the others those that fit.
    fn put_lessons_back(&mut self, packet: &mut WakePacket, whole: &mut WakePacket) {
        let mut is_whole = true;
        for was in &whole.lessons {
            let mut summary = String::new();
            let is_room = self.pay(LINE);
            is_whole &= is_room && self.take(&mut summary, &was.summary);
            if is_whole || packet.lessons.is_empty() && !matches!(summary.trim(), "" | "…") {
                packet.lessons.push(Lesson { summary, ..was.clone() });
            }
            if !is_whole {
                omit(packet, "older lessons", NextStep::ReadReflections);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fit;
    use crate::tokens::tokens_at_most;
    use crate::wire::NextStep;
    use crate::wire::wake::WakePacket;

    fn item(n: usize, said: &str) -> Value {
        json!({
            "kind": "in_progress", "id": format!("{n:08x}-0000"), "name": "N", "task_id": "t",
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
            "me": {"id": "i", "name": "A", "role": "executor", "score": 0, "score_change": 0,
                   "rank": 1, "agents": 1},
            "work": true, "cursor": "c", "items": items,
            "rules": {"version": "v", "tokens": 9, "content": "be kind"}
        }))
        .unwrap()
    }

    fn cost(packet: &WakePacket) -> usize {
        tokens_at_most(&serde_json::to_string(packet).unwrap())
    }

    #[test]
    fn what_fits_is_left_alone() {
        let whole = packet((0..20).map(|n| item(n, "said")).collect());
        let mut fitted = whole.clone();
        fit(&mut fitted, cost(&whole), cost);
        assert_eq!(fitted, whole);
    }

    #[test]
    fn a_long_summary_goes_before_the_rules_and_says_where_it_is() {
        let mut packet = packet(vec![item(1, &"word ".repeat(3_000))]);
        fit(&mut packet, 2_000, cost);
        assert!(cost(&packet) <= 2_000);
        let shown = packet.items[0].delivered.as_ref().unwrap().summary.len();
        assert!(shown > 1_000, "{shown} of it are shown");
        assert!(packet.rules.unwrap().content.is_some());
        let [omitted] = packet.omitted.as_slice() else { panic!("{:?}", packet.omitted) };
        assert_eq!(omitted.what, "some full texts");
        assert_eq!(omitted.next, NextStep::Show { id: Some("00000001".into()) });
    }

    #[test]
    fn a_goal_is_work_like_an_item() {
        let mut packet = packet(Vec::new());
        let task = |n: u8, goal: &str| {
            json!({"id": format!("{n:08x}-0000"), "name": "N", "description": goal, "sub_tasks": 0,
                   "status": "planning", "done": 0, "open": 0, "all_done": false})
        };
        let long = "It sells flowers. ".repeat(500);
        packet.tasks = serde_json::from_value(json!([task(1, &long), task(2, &long)])).unwrap();
        packet.rules.as_mut().unwrap().content = Some("rule ".repeat(900));
        packet.brief();
        assert_eq!(packet.tasks[0].description, long, "the first is whole");
        assert_eq!(packet.tasks[1].description.chars().count(), 161);
        fit(&mut packet, 2_000, cost);
        assert!(cost(&packet) <= 2_000);
        let shown = packet.tasks[0].description.len();
        assert!(shown > 1_000 && shown < long.len(), "{shown} of it are shown");
        let omitted: Vec<_> = packet.omitted.iter().map(|o| (o.what.as_str(), &o.next)).collect();
        let show = NextStep::Show { id: Some("00000001".into()) };
        assert_eq!(
            omitted,
            [("a goal's full text", &show), ("rules (9 tokens)", &NextStep::ReadRules)]
        );
    }

    #[test]
    fn what_is_asked_goes_before_the_rules() {
        let mut long = item(1, "said");
        long["acceptance"] = "It holds. ".repeat(250).into();
        let mut packet = packet(vec![long]);
        packet.rules.as_mut().unwrap().content = Some("rule ".repeat(1_500));
        fit(&mut packet, 3_000, cost);
        assert_eq!(packet.items[0].acceptance.len(), 2_500);
        assert_eq!(packet.rules.unwrap().content, None);
        assert_eq!(packet.omitted[0].what, "rules (9 tokens)");
    }

    #[test]
    fn the_least_budget_leaves_one_item() {
        let mut packet = packet((0..20).map(|n| item(n, "said")).collect());
        fit(&mut packet, 0, cost);
        assert_eq!(packet.items.len(), 1);
        assert!(packet.omitted.iter().any(|o| o.what == "more sub-tasks"), "{:?}", packet.omitted);
    }

    #[test]
    fn whatever_was_left_out_before_is_said_once() {
        let mut packet = packet((0..20).map(|n| item(n, &"said ".repeat(3_000))).collect());
        for budget in [3_000, 2_000, 1_000] {
            fit(&mut packet, budget, cost);
        }
        let mut said: Vec<_> = packet.omitted.iter().map(|o| o.what.as_str()).collect();
        let all = said.len();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), all, "{:?}", packet.omitted);
    }
}
