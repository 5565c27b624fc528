//! `moss doctor`.

use clap::Args;
use moss_api::Exit;

use crate::cli::Global;
use crate::doctor::{self, Check, HEAD};
use crate::error::Result;
use crate::help;
use crate::output::Out;

#[derive(Args, Clone, Debug)]
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
    pub async fn run(self, global: &Global) -> Result<Exit> {
        let mut report = doctor::examine(global).await;
        if self.cron {
            report = doctor::as_a_timer(global, &report)?;
        }
        let out = Out::new(global);
        out.list(&report.checks, HEAD, Check::row, "nothing was looked at")?;
        out.flush()?;
        Ok(report.exit())
    }
}
