//! `moss patrol`.

use clap::{Args, Subcommand};
use moss_api::{Action, Exit, IdPrefix, text::Summary};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act_only, named, print_done};
use crate::context::Context;
use crate::error::Result;

/// Stop what is stuck
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss wake                    # what is stuck", "moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""], help::WRITES))]
pub enum Patrol {
    /// Stop a sub-task, with the reason, for the planner to mend
    Block(Block),
}

#[derive(Args, Debug)]
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
        let id = ctx.sub_task_id(&self.id).await?;
        let sub_task = match reason {
            None => act_only(ctx, &id, Action::Block).await?,
            Some(reason) => ctx.backend().await?.block(&id, reason).await?,
        };
        let called = named(&sub_task.id, &sub_task.name);
        print_done(ctx, &sub_task, format!("{} {called}: the planner is told", sub_task.status), "")
    }
}
