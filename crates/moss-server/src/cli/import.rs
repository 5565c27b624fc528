//! `moss-server import`: an installation of the original becomes one of ours.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::configured::CONFIG_FILE;
use crate::cli::output::{eprintln, println};
use crate::clock::Clock;
use crate::config::{Address, Config};
use crate::domain::days;
use crate::importing::{self, Circumstances, Report};

/// From where to where.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The original's database; it is only read
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The original's configuration, which the server goes on with
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    config: PathBuf,
    /// The new database, as a URL; a file moss.db beside the old one without it
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// A file that holds the password for --to, in one line
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
    /// The time zone the original's server ran in, such as Asia/Shanghai; this machine's without it
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only say what would become of what
    #[arg(long)]
    dry_run: bool,
}

/// The command for an installation of the original.
pub fn command(database: &Path, config: &Path) -> String {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        shlex::try_quote(&text).unwrap_or_default().into_owned()
    };
    format!("moss-server import --from {} --config {}", quoted(database), quoted(config))
}

impl Import {
    /// Takes it over, says what did not fit, and what to do next.
    ///
    /// # Errors
    /// When nothing was taken over.
    pub async fn run(self) -> anyhow::Result<()> {
        let zone = days::zone(self.zone.as_deref()).map_err(crate::domain::Error::from)?;
        let zone_name = zone.iana_name().unwrap_or("this machine's").to_owned();
        let config = if self.config.exists() {
            Config::load(&self.config, std::env::vars())?
        } else {
            bail!("there is no {}: --config FILE names the original's", self.config.display());
        };
        let timings = config.timings();
        let at = Circumstances {
            now: Clock::system().now(),
            zone,
            lease: timings.original_client_lease,
            max_attempt: timings.max_attempt_age,
            planner: timings.recovery.planner,
        };
        eprintln!("reading {}; its times are those of {zone_name}", self.from.display());
        if self.dry_run {
            say(&importing::dry_run(&self.from, &at)?);
            println!("nothing was changed: without --dry-run it is done");
            return Ok(());
        }
        let to = self.target()?;
        let report = importing::import(&self.from, &to, &at).await?;
        say(&report);
        println!("imported into {to}; {} is as it was", self.from.display());
        self.change_config(&to)?;
        let config = self.config.display();
        println!("-> moss-server verify --config {config}");
        println!("-> moss-server serve --config {config}");
        println!(
            "agents go on with the keys they have; to go back, put {config}.bak in the place of {config} and start the original"
        );
        Ok(())
    }

    fn target(&self) -> anyhow::Result<Address> {
        match &self.to {
            Some(url) => {
                let file = self.to_password_file.as_deref();
                super::named::database(url, "--to", file, "--to-password-file")
            }
            None => {
                let beside = self.from.parent().unwrap_or(Path::new("")).join("moss.db");
                Ok((&std::path::absolute(beside)?).into())
            }
        }
    }

    /// The server goes on with the new database.
    fn change_config(&self, to: &Address) -> anyhow::Result<()> {
        let url = match (&self.to, to) {
            (Some(url), _) if !url.starts_with("sqlite:") => Some(url.clone()),
            (Some(_) | None, _) => None,
        };
        let path = match to {
            Address::Sqlite(path) => Some(path.clone()),
            Address::Remote(_) => None,
        };
        Config::change_file(&self.config, |file| {
            if let Some(path) = &path {
                file.database.path.clone_from(path);
            }
            if let Some(url) = &url {
                file.database.url.clone_from(url);
            }
            if let Some(password) = &self.to_password_file {
                file.database.password_file.clone_from(password);
            }
        })
        .with_context(|| format!("set database in {} to {to} by hand", self.config.display()))?;
        Ok(())
    }
}

fn say(report: &Report) {
    for (table, taken) in &report.tables {
        let skipped = match taken.skipped {
            0 => String::new(),
            skipped => format!(", {skipped} left out"),
        };
        println!("{table}: {} rows{skipped}", taken.read);
    }
    for remark in report.remarks() {
        println!("! {remark}");
    }
}
