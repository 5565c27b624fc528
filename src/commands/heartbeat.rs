//! `moss heartbeat`.

use clap::Args;
use moss_api::{Action, Exit, IdPrefix, LooseNumber, requests::Heartbeat as Body};

use crate::commands::args::{self, help};
use crate::commands::sub_task::{act, hold, named, print_done};
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss heartbeat 01a3c9f2", "moss heartbeat 01a3c9f2 --attempt 2"], help::WRITES))]
pub struct Heartbeat {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// The attempt you believe you hold; a newer one refuses this
    #[arg(long, value_name = "N")]
    attempt: Option<i64>,
}

impl Heartbeat {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server("prolong a lease: it has none")?;
        let body = Body { attempt: self.attempt.map(LooseNumber) };
        let sub_task = act(ctx, self.id.as_str(), Action::Heartbeat, &body).await?;
        let said = format!("kept {}{}", named(&sub_task.id, &sub_task.name), hold(&sub_task));
        print_done(ctx, &sub_task, said, "")
    }
}
