//! `moss submit`.

use std::path::PathBuf;

use clap::Args;
use moss_api::{
    Action, ErrorCode, Exit, IdPrefix, LateSubmission, LooseNumber, SubTask, SubTaskStatus,
    Submitted,
    requests::Submit as Body,
    short_id,
    text::{Summary, Token},
};

use crate::commands::args::{self, help, text};
use crate::commands::artifacts;
use crate::commands::sub_task::{named, print_done};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::sanitize::word;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss submit 01a3c9f2 --summary \"3 endpoints, 12 tests pass\" --artifact orders.py test_orders.py",
      "moss submit 01a3c9f2 --summary @notes.md"],
    help::WRITES,
))]
pub struct Submit {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// What was done, for the reviewer; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub summary: Option<String>,
    /// Every file you made; path, size and SHA-256 are recorded
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub artifact: Vec<PathBuf>,
    /// What you noticed that is none of this sub-task, for the planner
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub noticed: Option<String>,
    /// Session it was done in
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// The attempt you believe you hold; a newer one refuses this
    #[arg(long, value_name = "N")]
    pub attempt: Option<i64>,
    /// Whether nothing is a delivery: the original's own client hands in nothing else.
    #[arg(skip)]
    pub is_bare: bool,
}

impl Submit {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let is_nothing = self.summary.is_none() && self.artifact.is_empty();
        if is_nothing && !self.is_bare {
            let told = "nothing to hand in: neither --summary nor --artifact is given";
            return Err(Error::usage(told).hint(hints::submit(self.id.as_str())));
        }
        let body = Body {
            summary: text::said_if_any::<Summary>("--summary", self.summary.as_ref())?,
            artifacts: artifacts::take(&self.artifact)?,
            session_id: text::optional::<Token>("--session", self.session.as_ref())?,
            attempt: self.attempt.map(LooseNumber),
            noticed: text::said_if_any::<Summary>("--noticed", self.noticed.as_ref())?,
        };
        let Submitted { sub_task, late } = hand_in(ctx, &self.id, &body).await?;
        if let Some(late) = late {
            return Err(came_late(&late));
        }
        if !body.artifacts.is_empty() && sub_task.status != SubTaskStatus::Review {
            return Err(went_up(&sub_task));
        }
        let files = match body.artifacts.len() {
            0 => String::new(),
            1 => " with 1 artifact".to_owned(),
            n => format!(" with {n} artifacts"),
        };
        let round = sub_task.rework_count.saturating_add(1);
        let called = named(&sub_task.id, &sub_task.name);
        let said =
            format!("handed in {called}{files}, round {round}: a reviewer is next, you are done");
        print_done(ctx, &sub_task, said, "")
    }
}

/// It is kept; whoever handed it in has nothing more to do with it.
fn came_late(late: &LateSubmission) -> Error {
    let (of, id, attempt) = (short_id(&late.sub_task_id), short_id(&late.id), late.attempt);
    let message = format!(
        "your attempt {attempt} at {of} was over ({}): what you hand in is kept as late submission \
         {id}, and {of} is as it was",
        word::<Action>(&late.ended_by)
    );
    Error::of(ErrorCode::StaleAttempt, message).hint(hints::KEPT)
}

/// The same files as those that were rejected go to nobody who judges.
fn went_up(sub_task: &SubTask) -> Error {
    let called = named(&sub_task.id, &sub_task.name);
    let whose = match sub_task.status.get() {
        Some(SubTaskStatus::Assigned) => "another executor has it now",
        Some(_) | None => "it is blocked, and no longer yours",
    };
    let message = format!("{called} is not handed in: every file is as it was rejected; {whose}");
    Error::of(ErrorCode::StaleAttempt, message).hint(hints::WAKE)
}

async fn hand_in(ctx: &Context, id: &IdPrefix, body: &Body) -> Result<Submitted> {
    let says_something = body.summary.is_some() || !body.artifacts.is_empty();
    let id = ctx.sub_task_id(id).await?;
    if !says_something {
        ctx.backend().await?.check_holder(&id, Action::Submit).await?;
        let outcome = ctx.client.post(&format!("/api/sub-tasks/{id}/submit"), body).await;
        return ctx.explained(&id, Action::Submit, outcome).await;
    }
    let submitted = ctx.backend().await?.submit(&id, body).await?;
    // The answer itself may be what tells that another server has taken this one's place: then it
    // took the submission and overlooked what came with it.
    if ctx.client.was_mistaken() {
        ctx.backend().await?.keep_delivery(&submitted.sub_task, body).await?;
    }
    Ok(submitted)
}
