//! `moss release`.

use clap::Args;
use moss_api::{Action, Exit, IdPrefix, LooseNumber, requests::Release as Body, text::Summary};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act, named, print_done};
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss release 01a3c9f2 --reason \"needs a Windows machine\""],
    help::WRITES,
))]
pub struct Release {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// Why; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    reason: Option<String>,
    /// The attempt you believe you hold; a newer one refuses this
    #[arg(long, value_name = "N")]
    attempt: Option<i64>,
}

impl Release {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let reason = text::optional::<Summary>("--reason", self.reason.as_ref())?;
        let body =
            Body { reason: reason.unwrap_or_default(), attempt: self.attempt.map(LooseNumber) };
        release(ctx, &self.id, &body).await
    }
}

/// Lets a sub-task go: the holder its own, the planner a blocked one.
pub async fn release(ctx: &Context, id: &IdPrefix, body: &Body) -> Result<Exit> {
    ctx.backend().await?.needs_moss_server("take a sub-task back")?;
    let sub_task = act(ctx, id.as_str(), Action::Release, body).await?;
    let called = named(&sub_task.id, &sub_task.name);
    print_done(ctx, &sub_task, format!("released {called}: {}", sub_task.status), "")
}
