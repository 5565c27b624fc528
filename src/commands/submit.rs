//! `moss submit`.

use std::path::PathBuf;

use clap::Args;
use moss_api::{
    Action, Exit, IdPrefix, LooseNumber, SubTask,
    requests::Submit as Body,
    text::{Summary, Token},
};

use crate::commands::args::{self, help, text};
use crate::commands::artifacts;
use crate::commands::sub_task::{act_as_holder, named, print_done};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;

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
        };
        let sub_task = hand_in(ctx, &self.id, &body).await?;
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

async fn hand_in(ctx: &Context, id: &IdPrefix, body: &Body) -> Result<SubTask> {
    let says_something = body.summary.is_some() || !body.artifacts.is_empty();
    let id = ctx.sub_task_id(id).await?;
    if !says_something {
        return act_as_holder(ctx, &id, Action::Submit, body).await;
    }
    let sub_task = ctx.backend().await?.submit(&id, body).await?;
    // The answer itself may be what tells that another server has taken this one's place: then it
    // took the submission and overlooked what came with it.
    if ctx.client.was_mistaken() {
        ctx.backend().await?.keep_delivery(&sub_task, body).await?;
    }
    Ok(sub_task)
}
