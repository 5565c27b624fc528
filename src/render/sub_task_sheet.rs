//! Everything about one sub-task, at a terminal.

use moss_api::{Action, Attempt, HistoryEvent, Review, SubTask, short_id};

use crate::hints;
use crate::render::event::{action, by};
use crate::render::files;
use crate::render::moment::until;
use crate::render::sanitize::{self, cell, quoted};
use crate::render::sheet::Sheet;
use crate::render::timeline::{Moment, Timeline};
use crate::render::verdict::verdict_on;

/// Fills the page.
pub fn sub_task(
    sheet: &mut Sheet<'_>,
    it: &SubTask,
    attempts: &[Attempt],
    reviews: &[Review],
    history: &[HistoryEvent],
    all: bool,
) {
    sheet.title(&it.status.to_string(), &format!("{} {}", short_id(&it.id), quoted(&it.name)));
    sheet.facts(&facts(it));
    sheet.text("Blocked", it.block_reason.as_deref().unwrap_or_default());
    sheet.text("Do", &it.description);
    sheet.text("Hand in", &it.deliverable);
    sheet.text("Accepted when", &it.acceptance);
    if !attempts.is_empty() {
        sheet.heading("Attempts");
    }
    for attempt in attempts {
        sheet.line(&attempt_line(attempt));
        for artifact in attempt.artifacts.iter().take(files::most(all)) {
            sheet.below(&files::line(artifact, all));
            sheet.quoted(artifact.note.as_deref().unwrap_or_default());
        }
        if let Some(rest) = files::rest(attempt.artifacts.len(), all) {
            sheet.below(&format!("{rest}: {}", hints::show_all(short_id(&it.id))));
        }
    }
    if !reviews.is_empty() {
        sheet.heading("Verdicts");
    }
    for review in reviews.iter().rev() {
        verdict_on(sheet, review);
    }
    if !history.is_empty() {
        sheet.heading("History");
        sheet.timeline(&Timeline(history.iter().map(moment).collect()));
    }
}

fn facts(it: &SubTask) -> Vec<(&'static str, String)> {
    let id = |id: &Option<String>| id.as_deref().map(sanitize::id).unwrap_or_default();
    let agent = it.assigned_agent_name.as_deref().map(quoted);
    let after: Vec<_> = it.depends_on.iter().flatten().map(|id| short_id(id)).collect();
    let waits = match it.open_dependencies {
        0 => String::new(),
        open => format!(" ({open} not done)"),
    };
    let lease = it.lease_until.map(|lease| until(lease, it.updated_at)).unwrap_or_default();
    let attempt = if it.attempt > 0 { it.attempt.to_string() } else { String::new() };
    vec![
        ("id", sanitize::id(&it.id)),
        ("task", sanitize::id(&it.task_id)),
        ("module", id(&it.module_id)),
        ("priority", it.priority.to_string()),
        ("agent", agent.unwrap_or_else(|| id(&it.assigned_agent))),
        ("attempt", attempt),
        ("lease until", lease),
        ("lease of", it.lease.map(|lease| lease.to_string()).unwrap_or_default()),
        ("deadline", it.deadline.map(|at| at.minute()).unwrap_or_default()),
        ("session", cell(it.current_session_id.as_deref().unwrap_or_default())),
        ("turn", turn(it)),
        ("retry at", it.retry_at.map(|at| at.to_string()).unwrap_or_default()),
        ("after", format!("{}{waits}", after.join(" "))),
    ]
}

/// `planner until 2026-11-21T09:45Z (unclear)`: whose turn it is while it is blocked.
fn turn(it: &SubTask) -> String {
    let (Some(owner), Some(due)) = (&it.block_owner, it.block_due) else { return String::new() };
    let class = it.block_class.as_ref().map(|class| format!(" ({class})"));
    format!("{owner} until {}{}", due.minute(), class.unwrap_or_default())
}

/// `2  wu  2026-11-20T09:45Z to 10:12Z, submitted`
fn attempt_line(attempt: &Attempt) -> String {
    let (number, by, from) =
        (attempt.number, quoted(&attempt.agent_name), attempt.opened_at.minute());
    let end = match (&attempt.outcome, attempt.ended_at) {
        (Some(outcome), Some(at)) => {
            format!("to {}, {}", until(at, attempt.opened_at), sanitize::word::<Action>(outcome))
        }
        _ => "until now".to_owned(),
    };
    format!("{number}  {by}  {from} {end}")
}

fn moment(event: &HistoryEvent) -> Moment {
    let from = event.from.as_ref().map(|status| status.to_string()).unwrap_or_default();
    let to = event.to.as_ref().map(|status| status.to_string()).unwrap_or_default();
    let moved = (from != to && !to.is_empty()).then_some((from, to));
    Moment {
        at: event.at,
        cells: vec![action(event), by(event)],
        moved,
        detail: event.detail.clone(),
    }
}
