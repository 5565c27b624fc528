//! `moss wake`.

use clap::Args;
use moss_api::{Exit, WakePacket};

use crate::context::Context;
use crate::error::Result;
use crate::help;
use crate::kind::Kind;
use crate::{legacy, packet};

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(
    &["moss wake", "moss wake --gate          # for a timer: says nothing when there is nothing to do", "moss wake --max-tokens 1500"],
    &[Exit::Nothing],
))]
pub struct Wake {
    /// For timers: exit 0 and the packet when there is work, 3 and nothing when there is none
    #[arg(long)]
    gate: bool,
    /// Keep the packet to about so many tokens; it says what it left out
    #[arg(long, value_name = "N", default_value_t = 3000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    max_tokens: u32,
    /// Rules you have already, by the version the packet names, or `none` for no rules
    #[arg(long, value_name = "VERSION|none")]
    rules: Option<String>,
}

impl Wake {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut packet = self.ask(ctx).await?;
        if self.gate && !packet.work {
            // The cursor stays: what changed meanwhile belongs into the packet somebody reads.
            return Ok(Exit::Nothing);
        }
        if !ctx.out.is_json() && !ctx.out.is_all() {
            packet::fit_to(&mut packet, self.max_tokens as usize, packet::render);
        }
        ctx.out.data(&packet, || packet::render(&packet))?;
        // A composed packet has no cursor.
        if let Some((folder, _)) = &ctx.config.home
            && !packet.cursor.is_empty()
            && folder.cursor().as_deref() != Some(packet.cursor.as_str())
        {
            folder.save_cursor(&packet.cursor);
        }
        Ok(Exit::Done)
    }

    async fn ask(&self, ctx: &Context) -> Result<WakePacket> {
        if ctx.client.known_kind() == Some(Kind::OpenMoss) {
            return legacy::wake::compose(ctx).await;
        }
        let mut query = vec![("max_tokens", self.max_tokens.to_string())];
        let cursor = ctx.config.home.as_ref().and_then(|(folder, _)| folder.cursor());
        if let Some(cursor) = cursor {
            query.push(("since", cursor));
        }
        if let Some(rules) = &self.rules {
            query.push(("rules", rules.clone()));
        }
        match ctx.client.get("/api/wake", &query).await {
            // Answered without our header: the original has no such route, and may say so in HTML.
            Err(error)
                if ctx.client.known_kind().is_none() && error.exit() != Exit::Unreachable =>
            {
                match ctx.client.kind().await {
                    Ok(Kind::OpenMoss) => legacy::wake::compose(ctx).await,
                    Ok(Kind::Moss) | Err(_) => Err(error),
                }
            }
            other => other,
        }
    }
}
