//! `moss review show`.

use clap::Args;
use moss_api::{
    Artifact, Exit, IdPrefix, Log, LogAction, Page, Review, SubTask, SubTaskStatus, short_id,
};
use serde::Serialize;

use crate::client::delivery_log;
use crate::commands::args::{self, help};
use crate::commands::artifacts::{self, Presence};
use crate::commands::sub_task::named;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::lines::Lines;
use crate::render::packet::artifact_line;
use crate::render::sanitize;
use crate::render::verdict::verdict;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review show 01a3c9f2"], help::LOOKS_UP))]
pub struct Show {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
}

/// Everything a verdict is based on.
#[derive(Serialize)]
struct Case {
    sub_task: SubTask,
    attempt: i64,
    executor: Option<String>,
    summary: Option<String>,
    artifacts: Vec<Exhibit>,
    earlier: Vec<Review>,
}

/// A file that was handed in, and what became of it.
#[derive(Serialize)]
struct Exhibit {
    #[serde(flatten)]
    artifact: Artifact,
    found: &'static str,
}

impl Show {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let case = gather(ctx, &self.id).await?;
        ctx.out.data(&case, || render(&case))?;
        Ok(Exit::Done)
    }
}

async fn gather(ctx: &Context, id: &IdPrefix) -> Result<Case> {
    let sub_task = ctx.sub_task(id).await?;
    let backend = ctx.backend().await?;
    let on = ("sub_task_id", sub_task.id.clone());
    let log_query =
        [on.clone(), ("action", LogAction::Delivery.to_string()), ("days", "60".into())];
    let review_query = [on, ("page_size", "20".into())];
    let (logs, reviews, attempts) = tokio::try_join!(
        ctx.client.get::<Vec<Log>>("/api/logs", &log_query),
        ctx.client.get::<Page<Review>>("/api/review-records", &review_query),
        backend.attempts(&sub_task.id),
    )?;
    let handed_in = attempts
        .into_iter()
        .rfind(|attempt| !attempt.artifacts.is_empty() || attempt.number == sub_task.attempt);
    let delivery = logs.into_iter().next(); // newest first
    let mut summary = delivery.map(|log| log.summary);
    let (executor, artifacts) = match handed_in {
        Some(attempt) => {
            summary = summary.map(|text| without_files(&text, &attempt.artifacts));
            (Some(attempt.agent_name), attempt.artifacts)
        }
        // Where no list of files is kept, the delivery log has them in its text.
        None => match summary.as_deref().map(delivery_log::parse) {
            Some((text, artifacts)) => {
                summary = Some(text);
                (None, artifacts)
            }
            None => (None, Vec::new()),
        },
    };
    let artifacts = artifacts
        .into_iter()
        .map(|artifact| Exhibit { found: artifacts::check(&artifact).as_str(), artifact })
        .collect();
    let attempt = sub_task.attempt;
    Ok(Case { sub_task, attempt, executor, summary, artifacts, earlier: reviews.items })
}

/// A delivery log without the lines that only repeat the list of files.
fn without_files(summary: &str, artifacts: &[Artifact]) -> String {
    let repeats =
        |line: &&str| artifacts.iter().any(|a| line.contains(&a.path) && line.contains(&a.sha256));
    summary.lines().filter(|line| !repeats(line)).collect::<Vec<_>>().join("\n")
}

fn render(case: &Case) -> String {
    let sub_task = &case.sub_task;
    let round = sub_task.rework_count.saturating_add(1);
    let by = case.executor.as_deref().or(sub_task.assigned_agent_name.as_deref());
    let by = sanitize::line(by.or(sub_task.assigned_agent.as_deref()).unwrap_or("nobody"));
    let status = sanitize::line(&sub_task.status.to_string()).to_uppercase();
    let mut out = Lines::default();
    out.push(format!("{status} {} round {round}, by {by}", named(&sub_task.id, &sub_task.name)));
    out.labelled("do", &sub_task.description);
    out.labelled("hand in", &sub_task.deliverable);
    out.labelled("accepted when", &sub_task.acceptance);
    out.labelled("they say", case.summary.as_deref().unwrap_or("(no summary)"));
    if case.artifacts.is_empty() {
        out.push("  no files were handed in");
    }
    for Exhibit { artifact, found } in &case.artifacts {
        out.push(format!("  {found}\t{}", artifact_line(artifact)));
    }
    let missing = |e: &&Exhibit| e.found != Presence::Present.as_str();
    let gone = case.artifacts.iter().filter(missing).count();
    if gone > 0 {
        let all = case.artifacts.len();
        out.push(format!(
            "  {gone} of {all} files are not here as they were handed in: on another machine, or never made"
        ));
    }
    for review in &case.earlier {
        out.push(verdict(review, "  earlier: "));
    }
    if sub_task.status == SubTaskStatus::Review {
        for command in hints::verdicts(short_id(&sub_task.id), case.attempt) {
            out.next(&command);
        }
    }
    out.into_text()
}
