//! `moss offboard`: `openclaw`, `cron`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use moss_api::Exit;

use crate::commands::args::help;
use crate::config::flags::GlobalFlags;
use crate::config::profile::ProfileDir;
use crate::error::Result;
use crate::onboard::offboard::{self, Host};
use crate::render::out::Out;
use crate::system::files;

/// Codes of what looks at programs of others.
const HOSTS: &[Exit] = &[Exit::NotFound];

/// Take this agent off its timer; its key and your texts stay
#[derive(Subcommand, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub enum Offboard {
    /// Out of OpenClaw: its timer, its settings, the files of the workspace
    #[command(after_help = help::end(
        &["moss offboard openclaw    # twice is once"], HOSTS,
    ))]
    Openclaw(Target),
    /// Out of the crontab: its line, the files of the workspace
    #[command(after_help = help::end(
        &["moss offboard cron    # twice is once",
          "moss offboard cron --workspace /srv/gone    # of a folder that is gone"], HOSTS,
    ))]
    Cron(Target),
}

#[derive(Args, Debug)]
pub struct Target {
    /// The agent's workspace [default: this folder]
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Seconds one command of the host may take
    #[arg(long, value_name = "SECS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    step_timeout: u64,
}

impl Offboard {
    /// # Errors
    /// When the host will not, or a file stays.
    pub fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let (host, target) = match self {
            Self::Openclaw(target) => (Host::OpenClaw, target),
            Self::Cron(target) => (Host::Cron, target),
        };
        let out = Out::new(global);
        let workspace = target.folder()?;
        let limit = Duration::from_secs(target.step_timeout);
        let exit = offboard::run(host, &workspace, &out, limit)?;
        out.flush()?;
        Ok(exit)
    }
}

impl Target {
    /// The workspace; a folder that is gone counts as it was written.
    fn folder(&self) -> Result<PathBuf> {
        let here = files::here()?;
        let named = self.workspace.as_deref().map(|dir| here.join(dir));
        let nearest = ProfileDir::find(&here);
        let nearest = nearest.as_ref().and_then(ProfileDir::workspace).map(Path::to_owned);
        let folder = named.or(nearest).unwrap_or(here);
        Ok(folder.canonicalize().unwrap_or(folder))
    }
}
