//! `moss doctor`.

mod examine;
mod host;
mod local;
mod releases;
mod report;
mod server;
mod timer;

use clap::Args;
use moss_api::Exit;

use crate::commands::args::help;
use crate::config::flags::GlobalFlags;
use crate::error::Result;
use crate::render::out::Out;
use report::{Check, HEAD};
use timer::as_a_timer;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss doctor            # each line: ok, warn or FAIL, what was found, the command that mends it",
      "moss doctor --cron     # as a timer would run it: finds what only breaks there",
      "moss doctor --json"],
    &[],
))]
pub struct Doctor {
    /// Look once more with an empty environment, as a timer has it
    #[arg(long)]
    cron: bool,
}

impl Doctor {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let mut report = examine::examine(global).await;
        if self.cron {
            report = as_a_timer(global, &report)?;
        }
        let out = Out::new(global);
        out.list(&report.checks, HEAD, Check::row, "nothing was looked at")?;
        out.flush()?;
        Ok(report.exit())
    }
}
