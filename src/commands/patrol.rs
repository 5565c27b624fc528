//! `moss patrol`.

use clap::{Args, Subcommand};
use moss_api::{Action, Anomaly, Exit, IdPrefix, short_id, text::Summary};

use crate::commands::args::{self, Paging, help, text};
use crate::commands::leave::Leave;
use crate::commands::sub_task::{act_only, named, print_done};
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::quoted;

/// Stop what is stuck, leave what is not
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss wake                    # what is stuck", "moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""], help::WRITES))]
pub enum Patrol {
    /// Stop a sub-task, with the reason, for the planner to mend
    Block(Block),
    /// Leave what woke you as it is until it changes
    #[command(after_help = help::end(&["moss patrol leave 01a3c9f2 --why \"slow, but moving\"", "moss patrol leave 01a3c9f2 --until 2h"], help::WRITES))]
    Leave(Leave),
    /// List who answers nothing, is not let in or is not heard from
    List(List),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss patrol list", "moss patrol list --closed"], &[]))]
pub struct List {
    /// Also what is over
    #[arg(long)]
    closed: bool,
    #[command(flatten)]
    paging: Paging,
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
    #[arg(long, value_name = "TEXT", required = true, allow_hyphen_values = true, value_parser = text::prose)]
    pub reason: Option<String>, // the old dialect gives none
}

impl Patrol {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Block(block) => block.run(ctx).await,
            Self::Leave(leave) => leave.by_patrol(ctx).await,
            Self::List(list) => list.run(ctx).await,
        }
    }
}

/// Columns of the list.
const HEAD: &[&str] = &["id", "type", "severity", "agent", "since", "until", "seen"];

impl List {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server("say what is amiss")?;
        let mut query = Vec::new();
        args::filter(&mut query, "closed", self.closed.then_some(true));
        let page = self.paging.fetch::<Anomaly>(ctx, "/api/patrol/anomalies", query).await?;
        ctx.out.page(&page, HEAD, row, "nothing is amiss")?;
        Ok(Exit::Done)
    }
}

fn row(anomaly: &Anomaly) -> Vec<String> {
    vec![
        short_id(&anomaly.id).to_owned(),
        anomaly.kind.to_string(),
        anomaly.severity.to_string(),
        quoted(&anomaly.subject_name),
        anomaly.opened.minute(),
        anomaly.closed.map_or_else(|| "-".to_owned(), |at| at.minute()),
        quoted(&anomaly.detail),
    ]
}

impl Block {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let reason = text::said_if_any::<Summary>("--reason", self.reason.as_ref())?;
        let id = ctx.sub_task_id(&self.id).await?;
        let sub_task = match reason {
            None => act_only(ctx, &id, Action::Block).await?,
            Some(reason) => ctx.backend().await?.block(&id, reason).await?,
        };
        let called = named(&sub_task.id, &sub_task.name);
        print_done(ctx, &sub_task, format!("{} {called}: the planner is told", sub_task.status), "")
    }
}
