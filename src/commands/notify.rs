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
        if !config.enabled {
            return print_done(ctx, &config, "notifications are off".to_owned(), "");
        }
        let facts =
            [("channels", config.channels.join(", ")), ("events", config.events.join(", "))];
        ctx.out.facts(&config, &facts)?;
        Ok(Exit::Done)
    }
}
