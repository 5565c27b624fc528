//! `moss notify`.

use clap::Args;
use moss_api::{Exit, NotificationConfig};

use crate::commands::args::help;
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss notify", "moss notify --json channels"], &[]))]
pub struct Notify {}

impl Notify {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let config: NotificationConfig = ctx.client.get("/api/config/notification", &[]).await?;
        let said = if config.enabled {
            format!(
                "channels\t{}\nevents\t{}",
                config.channels.join(", "),
                config.events.join(", ")
            )
        } else {
            "notifications are off".to_owned()
        };
        print_done(ctx, &config, said, "")
    }
}
