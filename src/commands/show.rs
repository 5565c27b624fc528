//! `moss show`.

use clap::Args;
use moss_api::{
    Attempt, Exit, HistoryEvent, IdPrefix, Module, Page, Review, SubTask, Task, TaskStatus, short,
};
use serde_json::json;

use super::review_show::verdict;
use super::{hold, named, sub_task_row};
use crate::context::Context;
use crate::error::Result;
use crate::lookup::{Found, find};
use crate::packet::artifact_line;
use crate::{clean, help, values};

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(&["moss show 01a3c9f2", "moss show 01a3c9f2 --json"], help::LOOKS_UP))]
pub struct Show {
    /// Id of the sub-task or task
    #[arg(value_parser = values::id)]
    pub id: IdPrefix,
}

impl Show {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match find(ctx, &self.id).await? {
            Found::SubTask(found) => sub_task(ctx, &found).await,
            Found::Task(found) => task(ctx, &found).await,
        }
    }
}

/// A label and its text, which may have several lines.
fn part(text: &mut String, label: &str, value: &str) {
    let value = value.trim();
    if !value.is_empty() {
        let value = clean::text(value).replace('\n', "\n  ");
        text.push_str(&format!("{label}: {value}\n"));
    }
}

async fn sub_task(ctx: &Context, it: &SubTask) -> Result<Exit> {
    let query = [("sub_task_id", it.id.clone()), ("page_size", "20".to_owned())];
    let (attempts, history, reviews) = tokio::try_join!(
        recorded::<Attempt>(ctx, &it.id, "attempts"),
        recorded::<HistoryEvent>(ctx, &it.id, "history"),
        ctx.client.get::<Page<Review>>("/api/review-records", &query),
    )?;
    let whole = json!({
        "sub_task": it, "attempts": attempts, "history": history, "reviews": reviews.items,
    });
    ctx.out.data(&whole, || {
        let mut text = format!(
            "SUB-TASK {} {}, {}{}\n",
            named(&it.id, &it.name),
            it.status,
            it.priority,
            hold(it)
        );
        part(&mut text, "id", &it.id);
        part(&mut text, "task", &it.task_id);
        part(&mut text, "module", it.module_id.as_deref().unwrap_or_default());
        let agent = it.assigned_agent_name.as_deref().or(it.assigned_agent.as_deref());
        part(&mut text, "agent", agent.unwrap_or_default());
        part(&mut text, "session", it.current_session_id.as_deref().unwrap_or_default());
        part(&mut text, "blocked", it.block_reason.as_deref().unwrap_or_default());
        part(&mut text, "retry at", &it.retry_at.map(|at| at.to_string()).unwrap_or_default());
        let after = it.depends_on.iter().flatten().map(|id| short(id)).collect::<Vec<_>>();
        part(&mut text, "after", &after.join(" "));
        if it.open_dependencies > 0 {
            part(&mut text, "not done of these", &it.open_dependencies.to_string());
        }
        part(&mut text, "do", &it.description);
        part(&mut text, "hand in", &it.deliverable);
        part(&mut text, "accepted when", &it.acceptance);
        for attempt in &attempts {
            text.push_str(&attempt_lines(attempt));
        }
        for review in reviews.items.iter().rev() {
            text.push_str(&verdict(review, "verdict: "));
            text.push('\n');
        }
        for event in &history {
            text.push_str(&event_line(event));
        }
        text
    })?;
    Ok(Exit::Done)
}

/// Attempts or history, which the original does not keep.
async fn recorded<T: serde::de::DeserializeOwned>(
    ctx: &Context,
    id: &str,
    what: &str,
) -> Result<Vec<T>> {
    if ctx.is_original().await? {
        return Ok(Vec::new());
    }
    ctx.client.get(&format!("/api/sub-tasks/{id}/{what}"), &[]).await
}

fn attempt_lines(attempt: &Attempt) -> String {
    let end = match (&attempt.outcome, attempt.ended_at) {
        (Some(outcome), Some(at)) => format!("{} {}", clean::line(outcome), at.minute()),
        _ => "live".to_owned(),
    };
    let mut text = format!(
        "attempt {}: {} from {}, {end}\n",
        attempt.number,
        clean::line(&attempt.agent_name),
        attempt.opened_at.minute()
    );
    for artifact in &attempt.artifacts {
        text.push_str(&format!("  {}\n", artifact_line(artifact)));
    }
    text
}

fn event_line(event: &HistoryEvent) -> String {
    let status = |s: &Option<moss_api::Known<moss_api::SubTaskStatus>>| {
        s.as_ref().map_or("-".to_owned(), |s| clean::line(&s.to_string()))
    };
    format!(
        "{}\t{}\t{} > {}\t{}\t{}\n",
        event.at.minute(),
        clean::line(&event.action),
        status(&event.from),
        status(&event.to),
        clean::line(event.agent_name.as_deref().unwrap_or("server")),
        clean::line(&event.detail)
    )
}

/// A task with its modules and sub-tasks.
pub async fn task(ctx: &Context, it: &Task) -> Result<Exit> {
    let path = format!("/api/tasks/{}/modules", it.id);
    let query = [("task_id", it.id.clone())];
    let (modules, mut sub_tasks) = tokio::try_join!(
        ctx.client.get::<Vec<Module>>(&path, &[]),
        values::all::<SubTask>(ctx, "/api/sub-tasks", &query),
    )?;
    sub_tasks.items.reverse(); // the server's lists begin with the newest
    let whole = json!({"task": it, "modules": modules, "sub_tasks": sub_tasks.items});
    ctx.out.data(&whole, || {
        let mut text = format!("TASK {} {}\n", named(&it.id, &it.name), it.status);
        part(&mut text, "id", &it.id);
        part(&mut text, "description", &it.description);
        for module in &modules {
            text.push_str(&format!("module {}\n", named(&module.id, &module.name)));
        }
        text.push_str(&format!("{}\n", counts(&sub_tasks.items)));
        for sub_task in &sub_tasks.items {
            let cells: Vec<_> = sub_task_row(sub_task).iter().map(|c| clean::line(c)).collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        let closable = matches!(it.status.get(), Some(TaskStatus::Active | TaskStatus::InProgress));
        if it.all_done == Some(true) && closable {
            text.push_str(&format!("-> moss plan status {} completed\n", short(&it.id)));
        }
        text
    })?;
    Ok(Exit::Done)
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
    let words: Vec<_> =
        words.iter().map(|(word, n)| format!("{n} {}", clean::line(word))).collect();
    match sub_tasks.len() {
        0 => "no sub-tasks".to_owned(),
        _ => format!("sub-tasks: {}", words.join(", ")),
    }
}
