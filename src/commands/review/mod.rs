//! `moss review`.

mod files;
mod show;

use clap::{Args, Subcommand};
use moss_api::{
    Action, Exit, IdPrefix, LateSubmission, LooseNumber, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, Page,
    Review as Record, SubTask, SubTaskStatus, Verdict,
    requests::CreateReview,
    reward, short_id,
    text::{Summary, Text},
};

use crate::client::backend::Backend;
use crate::client::pages::Wanted;
use crate::commands::args::{self, Paging, help, text};
use crate::commands::sub_task::{SUB_TASK_HEAD, named, print_done, sub_task_row};
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::lines::Lines;
use crate::render::sanitize::{cell, quoted, word};
use crate::render::verdict::verdict;
use show::Show;

/// Judge what was handed in
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss review list", "moss review show 01a3c9f2", "moss review approve 01a3c9f2 --score 4 --comment \"clear and tested\""], help::WRITES))]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Review {
    /// What waits for a verdict; with --records, the verdicts so far
    List(List),
    /// What was handed in, whether the files are really there, and how to judge it
    Show(Show),
    /// Accept what was handed in: the sub-task is done
    Approve(Approve),
    /// Send a sub-task back to be reworked
    Reject(Reject),
    /// Take what was handed in too late: it waits for its verdict as a new attempt
    Adopt(Adopt),
    /// Leave what was handed in too late
    Dismiss(Dismiss),
    /// One verdict, by its own id
    #[command(hide = true)]
    Get(Get),
    /// A verdict as the original's client writes it
    #[command(hide = true)]
    Create(Create),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review list", "moss review list --records --on 01a3c9f2"], help::LOOKS_UP))]
pub struct List {
    /// Verdicts instead of what waits for one
    #[arg(long)]
    pub records: bool,
    /// What was handed in too late and could be adopted
    #[arg(long, conflicts_with_all = ["records", "on"])]
    pub late: bool,
    /// Verdicts on this sub-task
    #[arg(long, value_name = "ID", alias = "sub-task-id", value_parser = args::id)]
    on: Option<IdPrefix>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review approve 01a3c9f2 --attempt 2 --score 4 --comment \"clear and tested\""], help::WRITES))]
pub struct Approve {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// 5 better than asked, 4 as asked, 3 barely
    #[arg(long, value_parser = score_of_approval)]
    score: i64,
    /// Anything to add; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    comment: Option<String>,
    /// What is to be done besides, for the planner
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    follow_up: Option<String>,
    /// The attempt you looked at; a newer one voids this verdict
    #[arg(long, value_name = "N")]
    attempt: Option<i64>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review reject 01a3c9f2 --attempt 2 --score 2 --issues \"page_size is ignored; no test for the empty list\""], help::WRITES))]
pub struct Reject {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// 2 falls short, 1 not what was asked
    #[arg(long, value_parser = score_of_rejection)]
    score: i64,
    /// What is wrong, so that it can be mended; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    issues: String,
    /// Anything to add
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    comment: Option<String>,
    /// Somebody else to rework it: a name, an id, or its beginning
    #[arg(long, value_name = "AGENT", alias = "rework-agent")]
    to: Option<String>,
    /// The attempt you looked at; a newer one voids this verdict
    #[arg(long, value_name = "N")]
    attempt: Option<i64>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review adopt 5f6a7b8c"], help::WRITES))]
pub struct Adopt {
    /// Id of the late submission
    #[arg(value_parser = args::id)]
    id: IdPrefix,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss review dismiss 5f6a7b8c"], help::WRITES))]
pub struct Dismiss {
    /// Id of the late submission
    #[arg(value_parser = args::id)]
    id: IdPrefix,
}

#[derive(Args, Debug)]
pub struct Get {
    id: String,
}

#[derive(Args, Debug)]
pub struct Create {
    #[arg(value_parser = args::id)]
    sub_task_id: IdPrefix,
    #[arg(value_parser = args::word::<Verdict>)]
    result: Verdict,
    #[arg(value_parser = score)]
    score: i64,
    #[arg(long)]
    issues: Option<String>,
    #[arg(long)]
    comment: Option<String>,
    #[arg(long)]
    rework_agent: Option<String>,
}

impl Review {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::List(c) => c.run(ctx).await,
            Self::Show(c) => c.run(ctx).await,
            Self::Get(c) => c.run(ctx).await,
            Self::Adopt(c) => c.run(ctx).await,
            Self::Dismiss(c) => c.run(ctx).await,
            Self::Approve(c) => {
                let judgement = Judgement {
                    id: c.id,
                    result: Verdict::Approved,
                    score: c.score,
                    issues: None,
                    comment: c.comment,
                    to: None,
                    attempt: c.attempt,
                    follow_up: c.follow_up,
                };
                judgement.pass(ctx).await
            }
            Self::Reject(c) => {
                let judgement = Judgement {
                    id: c.id,
                    result: Verdict::Rejected,
                    score: c.score,
                    issues: Some(c.issues),
                    comment: c.comment,
                    to: c.to,
                    attempt: c.attempt,
                    follow_up: None,
                };
                judgement.pass(ctx).await
            }
            Self::Create(c) => {
                let judgement = Judgement {
                    id: c.sub_task_id,
                    result: c.result,
                    score: c.score,
                    issues: c.issues,
                    comment: c.comment,
                    to: c.rework_agent,
                    attempt: None,
                    follow_up: None,
                };
                judgement.pass(ctx).await
            }
        }
    }
}

impl Adopt {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server("keep late submissions")?;
        let path = format!("/api/late-submissions/{}/adopt", self.id.as_str());
        let sub_task: SubTask = ctx.client.post_empty(&path).await?;
        let called = named(&sub_task.id, &sub_task.name);
        let said = format!(
            "adopted as attempt {} of {called}: it waits for its verdict",
            sub_task.attempt
        );
        print_done(ctx, &sub_task, said, &hints::review_show(short_id(&sub_task.id)))
    }
}

impl Dismiss {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server("keep late submissions")?;
        let path = format!("/api/late-submissions/{}/dismiss", self.id.as_str());
        let late: LateSubmission = ctx.client.post_empty(&path).await?;
        let (id, of) = (short_id(&late.id), short_id(&late.sub_task_id));
        print_done(ctx, &late, format!("dismissed {id}, a late submission for {of}"), "")
    }
}

/// Any score, as the original's client takes it with any verdict.
fn score(text: &str) -> std::result::Result<i64, String> {
    one_score(text, &format!("{}, {}", hints::GOOD, hints::BAD))
}

fn score_of_approval(text: &str) -> std::result::Result<i64, String> {
    one_score(text, hints::GOOD)
}

fn score_of_rejection(text: &str) -> std::result::Result<i64, String> {
    one_score(text, hints::BAD)
}

/// One score. What a command names is several and stands for the one that is chosen: `usual` says
/// which go with the verdict. The others are legal, too.
fn one_score(text: &str, usual: &str) -> std::result::Result<i64, String> {
    let score = text.parse().ok();
    let is_score = |score: &i64| (MIN_REVIEW_SCORE..=MAX_REVIEW_SCORE).contains(score);
    score.filter(is_score).ok_or_else(|| format!("choose one: {usual}"))
}

/// A verdict about to be passed.
struct Judgement {
    id: IdPrefix,
    result: Verdict,
    score: i64,
    issues: Option<String>,
    comment: Option<String>,
    to: Option<String>,
    attempt: Option<i64>,
    follow_up: Option<String>,
}

impl Judgement {
    async fn pass(self, ctx: &Context) -> Result<Exit> {
        let rework_agent = match &self.to {
            Some(agent) => Some(ctx.agent_ref(agent).await?),
            None => None,
        };
        let body = CreateReview {
            sub_task_id: ctx.sub_task_id(&self.id).await?,
            result: self.result.into(),
            score: LooseNumber(self.score),
            issues: match self.result {
                Verdict::Rejected => text::said_if_any::<Text>("--issues", self.issues.as_ref())?,
                Verdict::Approved => text::optional::<Text>("--issues", self.issues.as_ref())?,
            }
            .unwrap_or_default(),
            comment: text::optional::<Text>("--comment", self.comment.as_ref())?
                .unwrap_or_default(),
            rework_agent,
            attempt: self.attempt.map(LooseNumber),
            follow_up: text::said_if_any::<Summary>("--follow-up", self.follow_up.as_ref())?,
        };
        let outcome = ctx.client.post("/api/review-records", &body).await;
        let action = match self.result {
            Verdict::Approved => Action::Approve,
            Verdict::Rejected => Action::Reject,
        };
        let record: Record = ctx.explained(&body.sub_task_id, action, outcome).await?;
        let change = reward(record.score).map_or("no change".to_owned(), |n| format!("{n:+}"));
        let said = format!(
            "{} {} round {}, score {} ({change} for its executor)",
            record.result,
            short_id(&record.sub_task_id),
            record.round,
            record.score
        );
        match rest(ctx, &record).await {
            None => print_done(ctx, &record, said, ""),
            Some((_, None)) => {
                let stop = "nothing else waits for your verdict: stop here";
                print_done(ctx, &record, format!("{said}\n{stop}"), "")
            }
            Some((count, Some(next))) => {
                let wait = if count == 1 { "waits" } else { "wait" };
                let next = hints::review_show(short_id(&next));
                print_done(ctx, &record, format!("{said}\n{count} more {wait}"), &next)
            }
        }
    }
}

/// How many still wait for a verdict, and which one is next; nothing when that is not known.
async fn rest(ctx: &Context, record: &Record) -> Option<(u64, Option<String>)> {
    if let Some(waiting) = record.waiting {
        return Some((waiting, record.next_waiting.clone()));
    }
    // The verdict stands, whatever comes of this.
    let page = waiting(ctx, Wanted::Page { page: 1, size: 1 }).await.ok()?;
    let next = page.items.into_iter().next().map(|sub_task| sub_task.id);
    Some((u64::try_from(page.total).unwrap_or_default(), next))
}

/// As much as is wanted of what waits for a verdict.
async fn waiting(ctx: &Context, wanted: Wanted) -> Result<Page<SubTask>> {
    let query = [("status", SubTaskStatus::Review.to_string())];
    ctx.ask(async |backend: &dyn Backend| backend.offered("/api/sub-tasks", &query, wanted).await)
        .await
}

impl List {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        if self.records || self.on.is_some() {
            return self.verdicts(ctx).await;
        }
        if self.late {
            ctx.backend().await?.needs_moss_server("keep late submissions")?;
            let all: Vec<LateSubmission> = ctx.client.get("/api/late-submissions", &[]).await?;
            let head = &["id", "sub-task", "attempt", "ended", "agent", "files", "said"];
            ctx.out.list(&all, head, late_row, "nothing came late")?;
            return Ok(Exit::Done);
        }
        let page = waiting(ctx, self.paging.wanted(ctx)).await?;
        ctx.out.page(&page, SUB_TASK_HEAD, sub_task_row, "nothing waits for a verdict")?;
        Ok(Exit::Done)
    }

    async fn verdicts(self, ctx: &Context) -> Result<Exit> {
        let mut query = Vec::new();
        if let Some(on) = &self.on {
            query.push(("sub_task_id", ctx.sub_task_id(on).await?));
        }
        let page: Page<Record> = self.paging.fetch(ctx, "/api/review-records", query).await?;
        if let (Some(on), true) = (&self.on, page.items.is_empty()) {
            ctx.ensure_sub_task(on).await?;
        }
        let head = &["when", "sub-task", "round", "result", "score", "issues", "id"];
        ctx.out.page(&page, head, record_row, "no verdicts")?;
        Ok(Exit::Done)
    }
}

fn late_row(late: &LateSubmission) -> Vec<String> {
    let files: Vec<_> = late.artifacts.iter().map(|file| quoted(&file.path)).collect();
    vec![
        short_id(&late.id).to_owned(),
        short_id(&late.sub_task_id).to_owned(),
        late.attempt.to_string(),
        word::<Action>(&late.ended_by),
        quoted(&late.agent_name),
        files.join(" "),
        cell(&late.summary),
    ]
}

fn record_row(record: &Record) -> Vec<String> {
    vec![
        record.created_at.minute(),
        short_id(&record.sub_task_id).to_owned(),
        record.round.to_string(),
        record.result.to_string(),
        record.score.to_string(),
        cell(if record.issues.is_empty() { &record.comment } else { &record.issues }),
        short_id(&record.id).to_owned(),
    ]
}

impl Get {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let id: IdPrefix = self.id.parse().map_err(|e| {
            crate::error::Error::refused(format!("{}: {e}", quoted(&moss_api::clip(&self.id, 40))))
        })?;
        let id = ctx.review_id(&id).await?;
        let record: Record = ctx.client.get(&format!("/api/review-records/{id}"), &[]).await?;
        let mut said = Lines::default();
        verdict(&mut said, &record, "");
        print_done(ctx, &record, said, &hints::show(short_id(&record.sub_task_id)))
    }
}
