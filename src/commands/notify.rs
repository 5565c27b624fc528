//! `moss notify`.

use clap::Args;
use moss_api::{Exit, NotificationConfig};

use crate::commands::args::help;
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::quoted;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss notify", "moss notify --json channels"], &[]))]
pub struct Notify {}

fn quoted_list(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

impl Notify {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let config: NotificationConfig = ctx.client.get("/api/config/notification", &[]).await?;
        if !config.enabled {
            return print_done(ctx, &config, "notifications are off".to_owned(), "");
        }
        let facts =
            [("channels", quoted_list(&config.channels)), ("events", quoted_list(&config.events))];
        ctx.out.facts(&config, &facts)?;
        Ok(Exit::Done)
    }
}
