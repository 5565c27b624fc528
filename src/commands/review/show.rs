//! `moss review show`.

use clap::Args;
use futures_util::future::try_join_all;
use moss_api::{
    Artifact, Attempt, Exit, IdPrefix, Log, LogAction, Page, Review, SubTask, SubTaskStatus,
    short_id,
};
use serde::{Serialize, Serializer};

use crate::client::backend::Backend;
use crate::client::delivery_log;
use crate::commands::args::{self, help};
use crate::commands::sub_task::named;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::files as told;
use crate::render::lines::{Keep, Lines, List, size};
use crate::render::sanitize::{self, quoted};
use crate::render::sheet::Sheet;
use crate::render::verdict::{verdict, verdict_on};

use super::files::{self, Presence};

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review show 01a3c9f2", "moss review show 01a3c9f2 --all  # also what a packet says"], help::LOOKS_UP))]
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
    built_on: Vec<Foundation>,
    earlier: Vec<Review>,
}

/// A sub-task it depends on, and what was handed in for that one.
#[derive(Serialize)]
struct Foundation {
    sub_task_id: String,
    artifacts: Vec<Exhibit>,
}

/// A file that was handed in, and what became of it.
#[derive(Serialize)]
struct Exhibit {
    #[serde(flatten)]
    artifact: Artifact,
    #[serde(serialize_with = "as_told")]
    found: Presence,
}

impl Exhibit {
    /// A file that is as it was handed in needs no hash: nobody has to compare it.
    fn line(&self, all: bool) -> String {
        let Self { artifact, found } = self;
        match found {
            Presence::Present => {
                format!("present {} ({})", told::path(artifact, all), size(artifact.size))
            }
            Presence::Changed | Presence::Missing | Presence::Unchecked(_) => {
                format!("{} {}", found.told(), told::line(artifact, all))
            }
        }
    }

    /// What needs a look stands first.
    const fn place(&self) -> u8 {
        match self.found {
            Presence::Changed | Presence::Missing => 0,
            Presence::Unchecked(_) => 1,
            Presence::Present => 2,
        }
    }
}

fn by_place(exhibits: &[Exhibit]) -> Vec<&Exhibit> {
    let mut exhibits: Vec<_> = exhibits.iter().collect();
    exhibits.sort_by_key(|exhibit| exhibit.place());
    exhibits
}

fn as_told<S: Serializer>(found: &Presence, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&found.told())
}

impl Show {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let case = gather(ctx, &self.id).await?;
        let all = ctx.out.is_all();
        ctx.out.view(&case, || lines(&case, all), |sheet| case.fill(sheet, all))?;
        Ok(Exit::Done)
    }
}

async fn gather(ctx: &Context, id: &IdPrefix) -> Result<Case> {
    let sub_task = ctx.sub_task(id).await?;
    let backend = ctx.backend().await?;
    let query = [("sub_task_id", sub_task.id.clone()), ("page_size", "20".into())];
    let (reviews, attempts) = tokio::try_join!(
        ctx.client.get::<Page<Review>>("/api/review-records", &query),
        backend.attempts(&sub_task.id),
    )?;
    let handed_in = attempts
        .into_iter()
        .rfind(|attempt| !attempt.artifacts.is_empty() || attempt.number == sub_task.attempt);
    let logs = deliveries(ctx, &sub_task, handed_in.as_ref()).await?;
    // Both newest first. What was judged already is not what waits.
    let waits = sub_task.status == SubTaskStatus::Review;
    let judged_at = reviews.items.first().map(|review| review.created_at).filter(|_| waits);
    let is_current = |log: &Log| judged_at.is_none_or(|judged_at| log.created_at >= judged_at);
    let came_with = |log: &Log| {
        let ended_at = handed_in.as_ref().and_then(|attempt| attempt.ended_at);
        ended_at.is_none_or(|ended_at| log.created_at <= ended_at)
    };
    let delivery = logs.into_iter().find(came_with).filter(is_current);
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
    let below = built_on(backend, &sub_task).await?;
    let all: Vec<Artifact> =
        artifacts.iter().chain(below.iter().flat_map(|(_, files)| files)).cloned().collect();
    let mut found = files::check(&all, ctx.client.time_left()).into_iter();
    let mut exhibits = |files: Vec<Artifact>| {
        let seen = files.into_iter().zip(found.by_ref());
        seen.map(|(artifact, found)| Exhibit { artifact, found }).collect()
    };
    let artifacts = exhibits(artifacts);
    let built_on = below
        .into_iter()
        .map(|(sub_task_id, files)| Foundation { sub_task_id, artifacts: exhibits(files) })
        .collect();
    let attempt = sub_task.attempt;
    Ok(Case { sub_task, attempt, executor, summary, artifacts, built_on, earlier: reviews.items })
}

/// What whoever handed it in has logged as a delivery. Anyone may write such a log, as many as they
/// like, so nobody else's are asked for.
async fn deliveries(
    ctx: &Context,
    sub_task: &SubTask,
    handed_in: Option<&Attempt>,
) -> Result<Vec<Log>> {
    let agent = handed_in.map(|attempt| &attempt.agent_id).or(sub_task.assigned_agent.as_ref());
    let Some(agent) = agent else { return Ok(Vec::new()) };
    let query = [
        ("sub_task_id", sub_task.id.clone()),
        ("agent_id", agent.clone()),
        ("action", LogAction::Delivery.to_string()),
        ("days", "60".into()),
    ];
    let mut logs: Vec<Log> = ctx.client.get("/api/logs", &query).await?;
    logs.retain(|log| log.agent_id == *agent);
    Ok(logs)
}

/// What was last handed in for each sub-task it depends on.
async fn built_on(
    backend: &dyn Backend,
    sub_task: &SubTask,
) -> Result<Vec<(String, Vec<Artifact>)>> {
    let ids = sub_task.depends_on.iter().flatten();
    let attempts = try_join_all(ids.clone().map(|id| backend.attempts(id))).await?;
    let handed_in = attempts.into_iter().map(|attempts| {
        let last = attempts.into_iter().rfind(|attempt| !attempt.artifacts.is_empty());
        last.map(|attempt| attempt.artifacts).unwrap_or_default()
    });
    let files = ids.cloned().zip(handed_in);
    Ok(files.filter(|(_, files)| !files.is_empty()).collect())
}

/// A delivery log without the lines that only repeat the list of files.
fn without_files(summary: &str, artifacts: &[Artifact]) -> String {
    // The log may have been cut in the middle of a file's line.
    let is_cut = |line: &str, path: &str| {
        let kept = line.strip_suffix('…').filter(|kept| !kept.is_empty());
        kept.is_some_and(|kept| path.starts_with(kept) || kept.starts_with(path))
    };
    let repeats = |line: &&str| {
        artifacts
            .iter()
            .any(|a| line.contains(&a.path) && line.contains(&a.sha256) || is_cut(line, &a.path))
    };
    summary.lines().filter(|line| !repeats(line)).collect::<Vec<_>>().join("\n")
}

/// What a verdict needs: what the packet has not said, or everything.
fn lines(case: &Case, all: bool) -> Lines {
    let sub_task = &case.sub_task;
    let status = match sub_task.status.get() {
        Some(status) => status.as_str().to_uppercase(),
        None => sub_task.status.to_string(),
    };
    let mut out = Lines::default();
    let mut head = format!("{status} {}", named(&sub_task.id, &sub_task.name));
    if all {
        head.push_str(&format!(" round {}, by {}", case.round(), case.by()));
    }
    out.head(head);
    if all || sub_task.acceptance.trim().is_empty() {
        out.theirs("do", &sub_task.description);
        out.theirs("hand in", &sub_task.deliverable);
    }
    out.theirs("accepted when", &sub_task.acceptance);
    match case.summary.as_deref().map(str::trim) {
        Some("") | None => out.push("they say nothing"),
        Some(summary) => out.theirs("they say", summary),
    }
    if case.artifacts.is_empty() {
        out.push("no files were handed in");
    }
    for doubt in case.doubts() {
        out.push(doubt);
    }
    let whole = hints::review_whole(short_id(&sub_task.id));
    let files = |exhibits: &[Exhibit], lead: &str| {
        let files = by_place(exhibits)
            .into_iter()
            .map(|it| (format!("{lead}{}", it.line(all)), &it.artifact));
        told::list(files, &whole, all)
    };
    out.list(files(&case.artifacts, ""));
    let built_on = case.built_on.iter().map(|below| {
        let mut row = Lines::default();
        row.list(files(&below.artifacts, &format!("built on {}: ", short_id(&below.sub_task_id))));
        row
    });
    out.list(List::new("sub-tasks it is built on", &whole, Keep::First, built_on.collect()));
    let earlier = case.earlier.iter().map(|review| {
        let mut row = Lines::default();
        verdict(&mut row, review, "earlier: ");
        row
    });
    out.list(List::new("verdicts", &whole, Keep::First, earlier.collect()));
    let verdicts = if all { hints::scored_verdicts } else { hints::verdicts };
    case.verdicts(verdicts).iter().for_each(|command| out.next(command));
    if !all {
        out.next(&hints::review_all(short_id(&sub_task.id)));
    }
    out
}

impl Case {
    /// The same at a terminal.
    fn fill(&self, sheet: &mut Sheet<'_>, all: bool) {
        let sub_task = &self.sub_task;
        sheet.title(&sub_task.status.to_string(), &named(&sub_task.id, &sub_task.name));
        sheet.facts(&[
            ("by", self.by()),
            ("round", self.round().to_string()),
            ("attempt", if self.attempt > 0 { self.attempt.to_string() } else { String::new() }),
        ]);
        sheet.text("Do", &sub_task.description);
        sheet.text("Hand in", &sub_task.deliverable);
        sheet.text("Accepted when", &sub_task.acceptance);
        sheet.text("They say", self.summary.as_deref().unwrap_or("(no summary)"));
        sheet.heading("Files");
        if self.artifacts.is_empty() {
            sheet.line("no files were handed in");
        }
        for doubt in self.doubts() {
            sheet.line(&doubt);
        }
        self.fill_files(sheet, &self.artifacts, all);
        for below in &self.built_on {
            sheet.heading(&format!("Built on {}", short_id(&below.sub_task_id)));
            self.fill_files(sheet, &below.artifacts, all);
        }
        if !self.earlier.is_empty() {
            sheet.heading("Earlier verdicts");
        }
        for review in &self.earlier {
            verdict_on(sheet, review);
        }
        sheet.commands(&self.verdicts(hints::scored_verdicts));
    }

    fn fill_files(&self, sheet: &mut Sheet<'_>, exhibits: &[Exhibit], all: bool) {
        for Exhibit { artifact, found } in by_place(exhibits).into_iter().take(told::most(all)) {
            sheet.marked(&found.told(), &told::line(artifact, all));
            sheet.quoted(artifact.note.as_deref().unwrap_or_default());
        }
        if let Some(rest) = told::rest(exhibits.len(), all) {
            let whole = hints::review_whole(short_id(&self.sub_task.id));
            sheet.line(&format!("{rest}: {whole}"));
        }
    }

    /// From 1.
    fn round(&self) -> i64 {
        self.sub_task.rework_count.saturating_add(1)
    }

    /// Who did it, by name where it is known.
    fn by(&self) -> String {
        let sub_task = &self.sub_task;
        let name = self.executor.as_deref().or(sub_task.assigned_agent_name.as_deref());
        let by = name.map(quoted).or_else(|| sub_task.assigned_agent.as_deref().map(sanitize::id));
        by.unwrap_or_else(|| "nobody".to_owned())
    }

    /// Warnings of files that are not as they were handed in, or may not be.
    fn doubts(&self) -> impl Iterator<Item = String> {
        let all = self.artifacts.len();
        let is_gone = |e: &&Exhibit| matches!(e.found, Presence::Missing | Presence::Changed);
        let is_unknown = |e: &&Exhibit| matches!(e.found, Presence::Unchecked(_));
        let gone = self.artifacts.iter().filter(is_gone).count();
        let unknown = self.artifacts.iter().filter(is_unknown).count();
        let gone = (gone > 0).then(|| {
            format!(
                "{gone} of {all} files are not here as they were handed in: on another machine, or never made"
            )
        });
        let unknown = (unknown > 0).then(|| {
            format!("{unknown} of {all} files could not be checked: look at them yourself")
        });
        gone.into_iter().chain(unknown)
    }

    /// The commands that judge it, while it waits for a verdict.
    fn verdicts(&self, on: impl FnOnce(&str, i64) -> [String; 2]) -> Vec<String> {
        if self.sub_task.status == SubTaskStatus::Review {
            on(short_id(&self.sub_task.id), self.attempt).to_vec()
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_no_word_of_theirs_even_where_the_log_was_cut() {
        let sha256 = "9f31aa00".repeat(8);
        let file = Artifact { path: "/ws/a b.html".into(), size: 2, sha256, note: None };
        let line = format!("{} (2 B) sha256:{}", file.path, file.sha256);
        for end in [line.as_str(), &line[..20], &line[..8], "/ws"] {
            let end = if end == line { line.clone() } else { format!("{end}…") };
            let said = format!("I mean it…\n/ws is the folder\n{line}\n{end}");
            assert_eq!(
                without_files(&said, std::slice::from_ref(&file)),
                "I mean it…\n/ws is the folder"
            );
        }
        assert_eq!(without_files("and so on…", &[file]), "and so on…");
    }
}
