//! The server a command is about: the one of a configuration.

use std::borrow::Cow;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::bail;

use crate::app::beside;
use crate::cli::{health, listening};
use crate::config::{Address, Config};
use crate::domain::settings;
use crate::store::open_current;

/// The default of `--config`.
pub const CONFIG_FILE: &str = "config.yaml";

/// What to type in the place of a port that no running server has taken.
const NO_PORT_YET: &str = "server.port is 0 and the server does not run: instead of :0 type the port that serve will print";

/// The command line again, in one line.
fn typed(words: impl Iterator<Item = OsString>) -> String {
    let words = words.skip(1).map(|word| {
        let word = word.to_string_lossy().into_owned();
        shlex::try_quote(&word).map_or_else(|_| "''".to_owned(), Cow::into_owned)
    });
    let line: Vec<String> = std::iter::once("moss-server".to_owned()).chain(words).collect();
    moss_api::visible::line(&line.join(" "))
}

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
        if matches!(file.config.try_exists(), Ok(false)) {
            let name = file.config.display();
            if file.config.as_os_str() != CONFIG_FILE {
                bail!(
                    "there is no {name}: --config FILE names the server's, which its first start writes"
                );
            }
            bail!(
                "there is no {name} in this folder: go to the server's, or type {} --config FILE",
                typed(std::env::args_os())
            );
        }
        let config = Config::load(&file.config, std::env::vars())?;
        Ok(Self { config, path: file.config })
    }

    /// The same with the settings that its servers have in common.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn with_settings(mut self) -> anyhow::Result<Self> {
        let db = open_current(&self.database()?).await?;
        let settings = settings::in_force(&db).await;
        db.close().await?;
        self.config = self.config.with_settings(&settings?);
        Ok(self)
    }

    /// The database.
    ///
    /// # Errors
    /// When the file of its password cannot be read.
    pub fn database(&self) -> anyhow::Result<Address> {
        Ok(self.config.address(Some(&self.path))?)
    }

    /// The file of a database of SQLite, for what only such a one has.
    ///
    /// # Errors
    /// When it is another; what does the same there.
    pub fn database_file(&self, command: &str, there: &str) -> anyhow::Result<PathBuf> {
        match self.database()? {
            Address::Sqlite(path) => Ok(path),
            Address::Remote(address) => bail!(
                "moss-server {command} is for a database of SQLite, and this one is {address}; \
                 {there} does it there"
            ),
        }
    }

    /// Where the server listens, for who is on the same machine: where any port will do, on the one
    /// that the running server took. None while there is no such server.
    pub fn listens(&self) -> Option<SocketAddr> {
        let (host, port) = (self.config.server.host, self.config.server.port);
        if port != 0 {
            return Some((host, port).into());
        }
        let note = listening::path_of(&self.database().ok()?, &self.path);
        let bound = (host, listening::noted(&note)?).into();
        // The note of one that was killed says nothing; another's server does not answer as ours.
        health::is_there(bound, self.certificate().as_deref()).then_some(bound)
    }

    /// The file of the certificate that the server shows, if it shows one.
    pub fn certificate(&self) -> Option<PathBuf> {
        let tls = &self.config.server.tls;
        (!tls.is_off()).then(|| beside(Some(&self.path), &tls.cert))
    }

    /// Where agents reach the server, and what to say of it, if it has no port yet.
    pub fn url(&self) -> (String, Option<&'static str>) {
        let server = &self.config.server;
        let bound = if server.external_url.is_empty() { self.listens() } else { None };
        let is_known = bound.is_some() || !server.external_url.is_empty();
        let url = self.config.url(bound.unwrap_or((server.host, server.port).into()));
        (url, (!is_known).then_some(NO_PORT_YET))
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
