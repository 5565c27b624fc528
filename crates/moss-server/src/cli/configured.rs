//! The server a command is about: the one of a configuration.

use std::path::PathBuf;

use anyhow::ensure;

use crate::cli::output::eprintln;
use crate::cli::serve::database_path;
use crate::config::Config;

/// The default of `--config`.
pub const CONFIG_FILE: &str = "config.yaml";

/// Which configuration.
#[derive(Debug, clap::Args)]
pub struct ConfigFile {
    /// The configuration; written on first start
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    pub config: PathBuf,
}

/// A configuration as it counts, and where it stands.
pub struct Configured {
    /// What it says.
    pub config: Config,
    path: PathBuf,
}

impl Configured {
    /// Reads it.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn load(file: ConfigFile) -> anyhow::Result<Self> {
        let found = file.config.try_exists();
        ensure!(
            !matches!(found, Ok(false)),
            "there is no {}: --config FILE names the server's, which its first start writes",
            file.config.display()
        );
        let config = Config::load(&file.config, std::env::vars())?;
        Ok(Self { config, path: file.config })
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        database_path(&self.config, &self.path)
    }

    /// Where agents reach the server.
    pub fn url(&self) -> String {
        self.config.url((self.config.server.host, self.config.server.port).into())
    }

    /// Says what to type in the place of a port that only the running server knows.
    pub fn explain_port(&self) {
        if self.config.server.port == 0 && self.config.server.external_url.is_empty() {
            eprintln!("server.port is 0: instead of :0 type the port that serve printed");
        }
    }

    /// A command of this program about the same server, to be typed in the same folder.
    pub fn command(&self, words: &str) -> String {
        let path = self.path.to_string_lossy();
        if path == CONFIG_FILE {
            return format!("moss-server {words}");
        }
        let path = shlex::try_quote(&path).unwrap_or_default();
        format!("moss-server {words} --config {path}")
    }
}
