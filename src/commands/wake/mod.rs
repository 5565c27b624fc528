//! `moss wake`.

pub mod tell_once;

use std::io::IsTerminal;

use clap::Args;
use moss_api::{Exit, WakePacket};

use crate::commands::args::{self, help};
use crate::config::Config;
use crate::config::active::FoundBy;
use crate::config::profile::ProfileDir;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::lines::Lines;
use crate::render::packet::{self, Reader};
use crate::update;

/// The largest budget of a packet.
const MOST_TOKENS: u32 = 1_000_000;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss wake", "moss wake --gate          # for a timer: says nothing when there is nothing to do", "moss wake --max-tokens 1500"],
    &[Exit::Nothing],
))]
pub struct Wake {
    /// For timers: exit 0 and the packet when there is work, 3 and nothing when there is none
    #[arg(long)]
    pub gate: bool,
    /// With --gate: say a failure once, and its end; a server that is away at the third tick
    #[arg(long, requires = "gate")]
    pub tell_once: bool,
    /// For a moss that is about to be installed: asks, and leaves no trace
    #[arg(long, requires = "gate", hide = true)]
    trial: bool,
    /// Keep the packet to about so many tokens; it says what it left out
    #[arg(long, value_name = "N", default_value_t = 3000, value_parser = clap::value_parser!(u32).range(100..=i64::from(MOST_TOKENS)))]
    max_tokens: u32,
    /// Rules you have already, by the version the packet names, or `none` for no rules
    #[arg(long, value_name = "VERSION|none")]
    rules: Option<String>,
}

impl Wake {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        if self.trial {
            // Without a profile there is nothing to remember anything in.
            let config = Config { active: None, ..Config::for_agent(&ctx.global)? };
            let nobody = Context::with(&ctx.global, config)?;
            let exit = self.tell(&nobody).await?;
            return nobody.out.flush().map(|()| exit);
        }
        update::auto::before_work(ctx, self.gate).await;
        let first = update::first_wake::begin(&ctx.global);
        let outcome = self.tell(ctx).await;
        if let Some(first) = first {
            first.end(&outcome);
        }
        outcome
    }

    async fn tell(&self, ctx: &Context) -> Result<Exit> {
        let profile = ctx.config.active.as_ref().map(|active| &active.folder);
        let cursor = profile.and_then(ProfileDir::cursor);
        let mut packet = self.ask(ctx, cursor.as_ref()).await?;
        if let Some(folder) = profile.filter(|_| self.tell_once) {
            tell_once::over(folder);
        }
        let own = profile.filter(|_| !is_watched(ctx));
        let named = packet.client_version.as_deref();
        let is_news = own.map(|folder| update::Notice::learn(folder, named));
        if self.gate && !packet.work {
            // The cursor stays: what changed meanwhile belongs into the packet somebody reads.
            not_now(ctx, &packet)?;
            return Ok(Exit::Nothing);
        }
        let (budget, kind) = (self.max_tokens as usize, ctx.kind());
        let reader = if self.gate { Reader::Unskilled } else { Reader::Skilled };
        if is_news == Some(false) && !ctx.out.is_json() {
            packet.client_version = None;
        }
        if ctx.out.is_json() && !ctx.out.is_all() {
            packet::fit_json(&mut packet, budget);
        }
        if ctx.out.is_json() || ctx.out.is_all() {
            ctx.out.data(&packet, || packet::render(&packet, kind, reader))?;
        } else {
            ctx.out.lines(&packet::render_within(&mut packet, budget, kind, reader));
        }
        ctx.out.flush()?; // what nobody could read must come again
        if let Some(folder) = own
            && is_news == Some(true)
        {
            update::Notice::mentioned(folder);
        }
        // A composed packet has no cursor.
        if let Some(folder) = own
            && !packet.cursor.is_empty()
            && cursor.as_ref() != Some(&packet.cursor)
        {
            folder.save_cursor(&packet.cursor);
        }
        if let Some(folder) = own {
            folder.save_best(packet.claimable.as_ref().map(|claimable| claimable.best_id.as_str()));
        }
        Ok(if packet.work { Exit::Done } else { Exit::Nothing })
    }

    async fn ask(&self, ctx: &Context, cursor: Option<&String>) -> Result<WakePacket> {
        let most = if ctx.out.is_all() { MOST_TOKENS } else { self.max_tokens };
        let mut query = vec![("max_tokens", most.to_string())];
        args::filter(&mut query, "since", cursor);
        args::filter(&mut query, "rules", self.rules.as_ref());
        args::filter(&mut query, "gate", self.gate.then_some(true));
        args::filter(&mut query, "trial", self.trial.then_some(true));
        ctx.ask(async |backend| backend.wake(&query).await).await
    }
}

/// Why a timer is told that there is nothing to do although there is: for a person who asks in its
/// place. The timer itself is told nothing.
fn not_now(ctx: &Context, packet: &WakePacket) -> Result<()> {
    let Some(withheld) = packet.withheld.as_ref() else { return Ok(()) };
    if ctx.out.is_json() {
        return ctx.out.data(packet, Lines::default);
    }
    if std::io::stdout().is_terminal() {
        let mut lines = Lines::default();
        lines.head(format!("NOT NOW: {}", packet::withheld(withheld, packet.now)));
        lines.next(hints::WAKE);
        ctx.out.lines(&lines);
    }
    Ok(())
}

/// Whether a person looks over the agent's shoulder: what they have read, the agent has not.
fn is_watched(ctx: &Context) -> bool {
    ctx.config.active.as_ref().is_some_and(|active| active.found == FoundBy::As)
}
