//! `moss onboard`: `openclaw`, `cron`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use moss_api::requests::ReportHost;
use moss_api::text::Token;
use moss_api::{AgentHost, Exit, HostKind, LooseNumber};

use crate::commands::args::{help, text};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::interval::Interval;
use crate::onboard::{OpenClaw, Wish, Workspace, agent_id, cron, skill};
use crate::render::out::note;
use crate::system::hash;
use crate::system::version::version;

/// Codes of what looks at programs of others.
const HOSTS: &[Exit] = &[Exit::NotFound, Exit::Conflict];

/// Put this agent on a timer that wakes it only for work
#[derive(Subcommand, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub enum Onboard {
    /// Into OpenClaw: write the workspace's files, print or run the `openclaw` commands
    Openclaw(IntoOpenClaw),
    /// Into a crontab: for any other agent that a command starts
    Cron(IntoCron),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss onboard openclaw          # write the files, print the commands",
      "moss onboard openclaw --run    # run them too; twice is once",
      "moss onboard openclaw --run --every 10m --model anthropic/claude-haiku-4-5"],
    HOSTS,
))]
pub struct IntoOpenClaw {
    #[command(flatten)]
    target: Target,
    /// OpenClaw's id for the agent [default: moss-ROLE]
    #[arg(long, value_name = "ID", value_parser = agent_id)]
    agent: Option<String>,
    /// The model it works with [default: OpenClaw's own]
    #[arg(long, value_name = "ID", value_parser = model_id)]
    model: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss onboard cron --command 'claude -p'          # print the crontab lines",
      "moss onboard cron --command 'claude -p' --run    # install them; twice is once"],
    HOSTS,
))]
pub struct IntoCron {
    #[command(flatten)]
    target: Target,
    /// Shell command that starts the agent, with the packet on its standard input
    #[arg(long, value_name = "COMMAND")]
    command: String,
}

// What every host is told. No doc comment: clap would show it as what the command does.
#[derive(Args, Debug)]
struct Target {
    /// Change the host too, not only this folder
    #[arg(long)]
    run: bool,
    /// The agent's workspace [default: this folder]
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// How often to look for work, such as 5m [default: by role, 5m to 30m]
    #[arg(long, value_name = "TIME", value_parser = Interval::from_str)]
    every: Option<Interval>,
    /// Seconds one command of the host may take
    #[arg(long, value_name = "SECS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    step_timeout: u64,
}

impl Onboard {
    /// Goes into the workspace, where everything else is looked for.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn enter(&self) -> Result<()> {
        let Some(dir) = &self.target().workspace else { return Ok(()) };
        std::env::set_current_dir(dir).map_err(|e| {
            Error::local(format!("cannot enter {}: {e}", crate::system::files::shown(dir)))
        })
    }

    const fn target(&self) -> &Target {
        match self {
            Self::Openclaw(c) => &c.target,
            Self::Cron(c) => &c.target,
        }
    }

    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut site = Workspace::of(ctx)?;
        if self.target().workspace.is_some() && !site.is_here() {
            let message = format!("nobody is registered here, only in {}", site.workspace);
            return Err(Error::refused(message).hint(hints::REGISTER));
        }
        let skill = skill::offered(ctx, site.role).await?;
        site.server = ctx.kind(); // which has been asked by now
        let limit = Duration::from_secs(self.target().step_timeout);
        let &Target { run, every, .. } = self.target();
        let (kind, done) = match self {
            Self::Openclaw(IntoOpenClaw { agent, model, .. }) => {
                let host = OpenClaw::new(ctx, &site, Wish { agent, every, model, limit, run })?;
                let done = if run { host.run(&skill) } else { host.print(&skill) };
                (HostKind::OpenClaw, done?)
            }
            Self::Cron(IntoCron { command, .. }) => {
                let wish = cron::Wish { command, every, limit, run };
                (HostKind::Cron, cron::onboard(ctx, &site, &wish, &skill)?)
            }
        };
        if run && done == Exit::Done {
            report(ctx, kind, &skill, every.unwrap_or_else(|| Interval::of(site.role))).await;
        }
        Ok(done)
    }
}

/// Tells the server how the agent is woken from now on, for the people who watch. An agent works
/// without that, too.
async fn report(ctx: &Context, kind: HostKind, skill: &str, every: Interval) {
    let told = async {
        if !ctx.backend().await?.offers_updates() {
            return Ok(()); // the original does not want to know
        }
        let host = ReportHost {
            kind: kind.into(),
            moss: text::checked::<Token>("the version", &version().to_string())?,
            skill: text::checked::<Token>("the skill", &hash::sha256(skill))?,
            every_seconds: LooseNumber(i64::try_from(every.seconds()).unwrap_or(i64::MAX)),
        };
        ctx.client.put::<AgentHost>("/api/agents/me/host", &host).await.map(drop)
    };
    if let Err(error) = told.await {
        note(&format!("warning: the server was not told how this agent is woken: {error}"));
    }
}

/// `provider/model`, and nothing that could pass for a flag.
fn model_id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 200
        && text.chars().all(fits)
    {
        Ok(text.to_owned())
    } else {
        Err("write it like provider/model".to_owned())
    }
}
