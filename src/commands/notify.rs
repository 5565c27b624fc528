//! `moss notify`.

use clap::{Args, Subcommand};
use moss_api::{
    Acknowledged, Announcement, Exit, IdPrefix, Notice, NotificationConfig, requests::AckNotices,
    short_id,
};

use crate::commands::args::{self, help};
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::lines::Lines;
use crate::render::sanitize::quoted;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss notify                   # where, and about what", "moss notify pending", "moss notify ack 5f6a7b8c 9c8d7e6f"], help::WRITES))]
pub struct Notify {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Take upon you what people are to be told; nobody else is given it meanwhile
    #[command(after_help = help::end(&["moss notify pending"], help::WRITES))]
    Pending,
    /// Say that people were told
    Ack(Ack),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss notify ack 5f6a7b8c 9c8d7e6f"], help::WRITES))]
struct Ack {
    /// Ids of what was told
    #[arg(required = true, value_parser = args::id)]
    id: Vec<IdPrefix>,
}

fn quoted_list(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

impl Notify {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self.what {
            None => settings(ctx).await,
            Some(What::Pending) => pending(ctx).await,
            Some(What::Ack(ack)) => ack.run(ctx).await,
        }
    }
}

async fn settings(ctx: &Context) -> Result<Exit> {
    let config: NotificationConfig = ctx.client.get("/api/config/notification", &[]).await?;
    if !config.enabled {
        return print_done(ctx, &config, "notifications are off".to_owned(), "");
    }
    let facts =
        [("channels", quoted_list(&config.channels)), ("events", quoted_list(&config.events))];
    ctx.out.facts(&config, &facts)?;
    Ok(Exit::Done)
}

async fn pending(ctx: &Context) -> Result<Exit> {
    ctx.backend().await?.needs_moss_server("keep what people are to be told")?;
    let taken: Announcement = ctx.client.post_empty("/api/notices/claim").await?;
    if taken.notices.is_empty() {
        print_done(ctx, &taken, "nobody is to be told anything".to_owned(), "")?;
        return Ok(Exit::Nothing);
    }
    let mut said = Lines::default();
    said.head(format!("tell people at: {}", quoted_list(&taken.channels)));
    for notice in &taken.notices {
        notice_lines(&mut said, notice);
    }
    if taken.more > 0 {
        said.head(format!("… {} more: moss notify pending, after these", taken.more));
    }
    let ids: Vec<_> = taken.notices.iter().map(|notice| short_id(&notice.id)).collect();
    print_done(ctx, &taken, said, &hints::ack(&ids.join(" ")))
}

fn notice_lines(out: &mut Lines, notice: &Notice) {
    let (id, at) = (short_id(&notice.id), notice.at.minute());
    out.head(format!("{id} {at} {}", notice.kind));
    out.quote(&notice.text);
}

impl Ack {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server("keep what people are to be told")?;
        let ids = self.id.iter().map(|id| id.as_str().to_owned()).collect();
        let done: Acknowledged = ctx.client.post("/api/notices/ack", &AckNotices { ids }).await?;
        let said = match done.announced {
            0 => "told already".to_owned(),
            1 => "told: 1 notice".to_owned(),
            n => format!("told: {n} notices"),
        };
        print_done(ctx, &done, said, "")
    }
}
