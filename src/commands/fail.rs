//! `moss fail`.

use std::time::Duration;

use clap::Args;
use moss_api::{
    Action, BlockOwner, Exit, FailClass, IdPrefix, LooseNumber, OrUnknown, SubTask, SubTaskStatus,
    Timestamp, requests::Fail as Body, text::Summary,
};

use crate::commands::args::{self, help, text, time};
use crate::commands::sub_task::{act, named, print_done};
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss fail 01a3c9f2 --class unclear --detail \"which currency?\"",
      "moss fail 01a3c9f2 --class quota --detail \"rate limit\" --retry-in 2h"],
    help::WRITES,
))]
pub struct Fail {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// quota, environment, unclear, impossible or other
    #[arg(long, value_name = "CLASS", value_parser = args::word::<FailClass>)]
    class: FailClass,
    /// What happened and what you tried; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    detail: String,
    /// Release it by itself at this time, like 2026-11-20T09:45:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "retry_in")]
    retry_at: Option<Timestamp>,
    /// Release it by itself after this long, like 90s, 30m, 2h or 1d
    #[arg(long, value_name = "TIME", value_parser = time::span)]
    retry_in: Option<Duration>,
    /// The attempt you believe you hold; a newer one refuses this
    #[arg(long, value_name = "N")]
    attempt: Option<i64>,
}

impl Fail {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let retry_at =
            self.retry_at.or(self.retry_in.map(|span| crate::system::clock::now() + span));
        let body = Body {
            class: self.class.into(),
            detail: text::said::<Summary>("--detail", &self.detail)?,
            retry_at,
            attempt: self.attempt.map(LooseNumber),
        };
        ctx.backend().await?.needs_moss_server("record why a sub-task failed")?;
        let sub_task = act(ctx, self.id.as_str(), Action::Fail, &body).await?;
        let until = sub_task.retry_at.map(|at| format!(" until {}", at.minute()));
        let called = named(&sub_task.id, &sub_task.name);
        let said = format!(
            "{} {called} ({}){}: {}, you are done",
            sub_task.status,
            self.class,
            until.as_deref().unwrap_or_default(),
            what_next(&sub_task, until.is_some())
        );
        print_done(ctx, &sub_task, said, "")
    }
}

/// What becomes of a sub-task that failed.
fn what_next(sub_task: &SubTask, is_parked: bool) -> &'static str {
    let owner = sub_task.block_owner.as_ref().and_then(OrUnknown::get);
    if sub_task.status == SubTaskStatus::Assigned {
        return "another executor tries it";
    }
    match owner {
        _ if is_parked => "it is offered again then",
        Some(BlockOwner::Person) => "a person is told",
        Some(BlockOwner::Planner) | None => "the planner is told",
    }
}
