//! `moss patrol`.

use clap::{Args, Subcommand};
use moss_api::{
    Action, Exit, IdPrefix, LogAction,
    requests::{Block as Body, CreateLog},
    text::Summary,
};

use crate::client::resolve;
use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act, act_only, named, print_done};
use crate::context::Context;
use crate::error::Result;

/// Stop what is stuck
#[derive(Subcommand, Clone, Debug)]
#[command(defer = true, after_help = help::end(&["moss wake                    # what is stuck", "moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""], help::WRITES))]
pub enum Patrol {
    /// Stop a sub-task, with the reason, for the planner to mend
    Block(Block),
}

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(
    &["moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""],
    help::WRITES,
))]
pub struct Block {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// What is stuck; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", required = true)]
    pub reason: Option<String>, // the old dialect gives none
}

impl Patrol {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Block(block) => block.run(ctx).await,
        }
    }
}

impl Block {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let reason = text::optional::<Summary>("--reason", self.reason.as_ref())?;
        let id = resolve::sub_task_id(&ctx.client, &self.id).await?;
        let sub_task = match reason {
            None => act_only(ctx, &id, Action::Block).await?,
            Some(reason) if ctx.is_original().await? => {
                let sub_task = act_only(ctx, &id, Action::Block).await?;
                // It keeps no reason of its own; the log is where a planner there looks for one.
                let log = CreateLog {
                    action: LogAction::Patrol.into(),
                    summary: reason,
                    sub_task_id: Some(id),
                    session_id: None,
                };
                ctx.client.post::<moss_api::Log>("/api/logs", &log).await?;
                sub_task
            }
            Some(reason) => act(ctx, &id, Action::Block, &Body { reason }).await?,
        };
        let called = named(&sub_task.id, &sub_task.name);
        print_done(
            ctx,
            &sub_task,
            format!("{} {called}: the planner is told", sub_task.status),
            "moss wake",
        )
    }
}
