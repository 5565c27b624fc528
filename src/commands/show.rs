//! `moss show`.

use clap::Args;
use moss_api::{
    Action, Attempt, Exit, HistoryEvent, IdPrefix, Module, Page, Review, SubTask, Task, TaskStatus,
    short_id,
};
use serde_json::json;

use crate::client::pages;
use crate::commands::args::{self, help};
use crate::commands::sub_task::{hold, named};
use crate::context::{Context, Found};
use crate::error::Result;
use crate::hints;
use crate::render::lines::{Keep, Lines, List};
use crate::render::sanitize::quoted;
use crate::render::table::Records;
use crate::render::verdict::verdict;
use crate::render::{event, files, sanitize, sub_task_sheet, task_sheet};

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss show 01a3c9f2", "moss show 01a3c9f2 --json"], help::LOOKS_UP))]
pub struct Show {
    /// Id of the sub-task or task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
}

impl Show {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match ctx.find(&self.id).await? {
            Found::SubTask(found) => sub_task(ctx, &found).await,
            Found::Task(found) => task(ctx, &found).await,
        }
    }
}

async fn sub_task(ctx: &Context, it: &SubTask) -> Result<Exit> {
    let query = [("sub_task_id", it.id.clone()), ("page_size", "20".to_owned())];
    let backend = ctx.backend().await?;
    let (attempts, history, reviews) = tokio::try_join!(
        backend.attempts(&it.id),
        backend.events(&it.id),
        ctx.client.get::<Page<Review>>("/api/review-records", &query),
    )?;
    let whole = json!({
        "sub_task": it, "attempts": attempts, "history": history, "reviews": reviews.items,
    });
    let all = ctx.out.is_all();
    let lines = || sub_task_lines(it, &attempts, &reviews.items, &history, all);
    ctx.out.view(&whole, lines, |sheet| {
        sub_task_sheet::sub_task(sheet, it, &attempts, &reviews.items, &history, all);
    })?;
    Ok(Exit::Done)
}

fn sub_task_lines(
    it: &SubTask,
    attempts: &[Attempt],
    reviews: &[Review],
    history: &[HistoryEvent],
    all: bool,
) -> Lines {
    let mut out = Lines::default();
    let (called, hold) = (named(&it.id, &it.name), hold(it));
    out.head(format!("SUB-TASK {called} {}, {}{hold}", it.status, it.priority));
    out.field("id", &sanitize::id(&it.id));
    out.field("task", &sanitize::id(&it.task_id));
    out.field("module", &it.module_id.as_deref().map(sanitize::id).unwrap_or_default());
    let name = it.assigned_agent_name.as_deref().map(quoted);
    let agent = name.or_else(|| it.assigned_agent.as_deref().map(sanitize::id));
    out.field("agent", &agent.unwrap_or_default());
    out.field("session", &sanitize::cell(it.current_session_id.as_deref().unwrap_or_default()));
    out.theirs("blocked", it.block_reason.as_deref().unwrap_or_default());
    out.field("lease of", &it.lease.map(|lease| lease.to_string()).unwrap_or_default());
    out.field("deadline", &it.deadline.map(|at| at.minute()).unwrap_or_default());
    out.field("retry at", &it.retry_at.map(|at| at.to_string()).unwrap_or_default());
    let after = it.depends_on.iter().flatten().map(|id| short_id(id)).collect::<Vec<_>>();
    out.field("after", &after.join(" "));
    if it.open_dependencies > 0 {
        out.field("not done of these", &it.open_dependencies.to_string());
    }
    out.theirs("do", &it.description);
    out.theirs("hand in", &it.deliverable);
    out.theirs("accepted when", &it.acceptance);
    let whole = hints::show_all(short_id(&it.id));
    let newest = |what, rows: Vec<Lines>| List::new(what, &whole, Keep::Last, rows);
    out.list(newest("attempts", attempts.iter().map(|it| attempt_lines(it, all)).collect()));
    let verdicts = reviews.iter().rev().map(|review| {
        let mut row = Lines::default();
        verdict(&mut row, review, "verdict: ");
        row
    });
    out.list(newest("verdicts", verdicts.collect()));
    out.list(newest("events", history.iter().map(|event| row(event_line(event))).collect()));
    out
}

fn row(line: String) -> Lines {
    let mut row = Lines::default();
    row.push(line);
    row
}

fn attempt_lines(attempt: &Attempt, all: bool) -> Lines {
    let end = match (&attempt.outcome, attempt.ended_at) {
        (Some(outcome), Some(at)) => {
            format!("{} {}", sanitize::word::<Action>(outcome), at.minute())
        }
        _ => "live".to_owned(),
    };
    let (by, from) = (quoted(&attempt.agent_name), attempt.opened_at.minute());
    let mut out = row(format!("attempt {}: {by} from {from}, {end}", attempt.number));
    out.list(files::of_delivery(&attempt.artifacts, &attempt.sub_task_id, all));
    out
}

fn event_line(event: &HistoryEvent) -> String {
    let status = |s: &Option<moss_api::OrUnknown<moss_api::SubTaskStatus>>| {
        s.as_ref().map_or("-".to_owned(), ToString::to_string)
    };
    format!(
        "{}\t{}\t{} > {}\t{}\t{}",
        event.at.minute(),
        event::action(event),
        status(&event.from),
        status(&event.to),
        event::by(event),
        sanitize::cell(&event.detail)
    )
}

/// A task with its modules and sub-tasks.
pub async fn task(ctx: &Context, it: &Task) -> Result<Exit> {
    let path = format!("/api/tasks/{}/modules", it.id);
    let query = [("task_id", it.id.clone())];
    let (modules, mut sub_tasks) = tokio::try_join!(
        ctx.client.get::<Vec<Module>>(&path, &[]),
        pages::all::<SubTask>(&ctx.client, "/api/sub-tasks", &query),
    )?;
    sub_tasks.items.reverse(); // the server's lists begin with the newest
    let whole = json!({"task": it, "modules": modules, "sub_tasks": sub_tasks.items});
    let lines = || task_lines(it, &modules, &sub_tasks.items);
    ctx.out.view(&whole, lines, |sheet| {
        let mut records = Records::new(PART_HEAD);
        for sub_task in &sub_tasks.items {
            records.row(part_row(sub_task, &sub_tasks.items));
        }
        task_sheet::task(sheet, it, &modules, &counts(&sub_tasks.items), &records);
        let next = next_step(it, &sub_tasks.items);
        sheet.commands(next.as_slice());
    })?;
    Ok(Exit::Done)
}

fn task_lines(it: &Task, modules: &[Module], sub_tasks: &[SubTask]) -> Lines {
    let mut out = Lines::default();
    out.head(format!("TASK {} {}", named(&it.id, &it.name), it.status));
    out.field("id", &sanitize::id(&it.id));
    out.theirs("description", &it.description);
    let whole = hints::show_all(short_id(&it.id));
    let rows = |lines: Vec<String>| lines.into_iter().map(row).collect();
    let named = |module: &Module| format!("module {}", named(&module.id, &module.name));
    let named = modules.iter().map(named).collect();
    out.list(List::new("modules", &whole, Keep::First, rows(named)));
    out.push(counts(sub_tasks));
    if !sub_tasks.is_empty() {
        out.push(PART_HEAD.join("\t"));
    }
    let parts = sub_tasks.iter().map(|it| part_row(it, sub_tasks).join("\t")).collect();
    out.list(List::new("sub-tasks", &whole, Keep::First, rows(parts)));
    if let Some(command) = next_step(it, sub_tasks) {
        out.next(&command);
    }
    out
}

/// Columns of a task's sub-tasks.
const PART_HEAD: &[&str] = &["id", "status", "priority", "name", "agent", "after"];

/// A sub-task among those of its task: who has it, and after which it comes. Of those that are not
/// over it says how they stand, since that is what it waits for.
fn part_row(it: &SubTask, all: &[SubTask]) -> Vec<String> {
    let after = it.depends_on.iter().flatten().map(|id| {
        let other = all.iter().find(|other| other.id == *id).map(|other| &other.status);
        match other.filter(|status| status.get().is_none_or(|status| !status.is_final())) {
            Some(open) => format!("{} ({open})", short_id(id)),
            None => short_id(id).to_owned(),
        }
    });
    let after = after.collect::<Vec<_>>().join(" ");
    let agent = it.assigned_agent_name.as_deref();
    vec![
        short_id(&it.id).to_owned(),
        it.status.to_string(),
        it.priority.to_string(),
        quoted(&it.name),
        match agent {
            Some(name) => quoted(name),
            None => it.assigned_agent.as_deref().map_or("-", short_id).to_owned(),
        },
        if after.is_empty() { "-".to_owned() } else { after },
    ]
}

/// What moves a task on: it opens a draft, and closes what is all done.
fn next_step(it: &Task, sub_tasks: &[SubTask]) -> Option<String> {
    let id = short_id(&it.id);
    match it.status.get()? {
        TaskStatus::Planning => (!sub_tasks.is_empty()).then(|| hints::open_task(id)),
        TaskStatus::Active | TaskStatus::InProgress => {
            (it.all_done == Some(true)).then(|| hints::task_status(id, "completed"))
        }
        TaskStatus::Completed | TaskStatus::Archived | TaskStatus::Cancelled => None,
    }
}

/// `sub-tasks: 1 done, 2 pending`
fn counts(sub_tasks: &[SubTask]) -> String {
    let mut words: Vec<(String, usize)> = Vec::new();
    for sub_task in sub_tasks {
        let word = sub_task.status.to_string();
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => words.push((word, 1)),
        }
    }
    let words: Vec<_> = words.iter().map(|(word, n)| format!("{n} {word}")).collect();
    match sub_tasks.len() {
        0 => "no sub-tasks".to_owned(),
        _ => format!("sub-tasks: {}", words.join(", ")),
    }
}
