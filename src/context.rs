//! What every command that acts as an agent works with.

use moss_api::Exit;

use crate::client::Client;
use crate::config::Config;
use crate::config::flags::GlobalFlags;
use crate::config::server_kind::ServerKind;
use crate::error::{Error, Result};
use crate::render::out::Out;

/// A configured server, and where to print.
#[derive(Debug)]
pub struct Context {
    /// Flags every command has.
    pub global: GlobalFlags,
    /// Server, key and folder.
    pub config: Config,
    /// The server.
    pub client: Client,
    /// Standard output.
    pub out: Out,
}

impl Context {
    /// For commands that act as an agent.
    ///
    /// # Errors
    /// When the configuration does not suffice.
    pub fn new(global: &GlobalFlags) -> Result<Self> {
        Self::with(global, Config::for_agent(global)?)
    }

    /// For what the configuration says.
    ///
    /// # Errors
    /// When HTTP cannot be set up.
    pub fn with(global: &GlobalFlags, config: Config) -> Result<Self> {
        let client = Client::new(&config, global.timeout(), global.debug)?;
        Ok(Self { global: global.clone(), config, client, out: Out::new(global) })
    }

    /// For the second run of a command: with what the first run learnt of the server.
    pub fn continuing(self, first: &Self) -> Self {
        self.client.adopt_kind(&first.client);
        self
    }

    /// Which server has been answering: ours says so in every answer.
    pub fn kind(&self) -> ServerKind {
        self.client.known_kind().unwrap_or(ServerKind::OpenMoss)
    }

    /// Whether the server is the original, asking when in doubt. For commands that do there what
    /// they do by other means, before they write anything.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn is_original(&self) -> Result<bool> {
        self.client.is_original().await
    }

    /// Refuses politely what the original has no means for.
    ///
    /// # Errors
    /// When the server is the original.
    pub async fn needs_moss_server(&self, what: &str) -> Result<()> {
        if !self.is_original().await? {
            return Ok(());
        }
        let message = format!("this server is the original OpenMOSS and cannot {what}");
        Err(Error::new(Exit::Conflict, "original_server", message)
            .hint("needs moss-server; moss list and moss show work here"))
    }
}
