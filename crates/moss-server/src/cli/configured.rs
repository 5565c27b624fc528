//! The server a command is about: the one of a configuration.

use std::path::PathBuf;

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
