//! What every command that acts as an agent works with.

mod find;
pub mod plain_http;

use std::cell::OnceCell;
use std::rc::Rc;

use moss_api::{Action, Exit, Health};

use crate::client::backend::Backend;
use crate::client::identity::Identity;
use crate::client::{Client, MossServer};
use crate::config::Config;
use crate::config::flags::GlobalFlags;
use crate::config::server_kind::ServerKind;
use crate::error::Result;
use crate::legacy::Original;
use crate::render::out::Out;
pub use find::Found;

/// A configured server, and where to print.
#[derive(Debug)]
pub struct Context {
    /// Flags every command has.
    pub global: GlobalFlags,
    /// Server, key and folder.
    pub config: Config,
    /// The server, for what every kind of it answers alike.
    pub client: Rc<Client>,
    /// Standard output.
    pub out: Out,
    moss_server: MossServer,
    original: OnceCell<Original>,
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
        let client = Rc::new(Client::new(&config, global.timeout(), global.debug)?);
        let moss_server = MossServer::new(client.clone());
        let (global, out) = (global.clone(), Out::new(global));
        Ok(Self { global, config, client, out, moss_server, original: OnceCell::new() })
    }

    /// Warns of a key that crosses a network in clear, unless that has been said.
    pub fn warn_of_plain_http(&self) {
        let folder = self.config.active.as_ref().map(|active| &active.folder);
        plain_http::warn_once(&self.config.server, folder);
    }

    /// With what another context has learnt of the same server.
    pub fn continuing(self, first: &Self) -> Self {
        self.client.adopt_kind(&first.client);
        self
    }

    /// The server, for what each kind of it does in its own way. Chosen by the profile, as long as
    /// every answer confirms it, or by asking once.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn backend(&self) -> Result<&dyn Backend> {
        match self.original.get() {
            Some(original) if self.kind() == ServerKind::OpenMoss => Ok(original),
            Some(_) | None => Ok(self.choose(self.client.original().await?)),
        }
    }

    /// As [`Self::backend`], for a server that has just said what it is.
    pub fn backend_of(&self, health: Health) -> &dyn Backend {
        self.choose(self.client.recognise(health))
    }

    fn choose(&self, original: Option<Health>) -> &dyn Backend {
        let Some(health) = original else { return &self.moss_server };
        let (client, role) = (self.client.clone(), self.config.role());
        self.original.get_or_init(|| Original::new(client, health, role))
    }

    /// Asks a question that changes nothing. A server met for the first time is taken for
    /// moss-server, whose answer says what it is: that mostly saves a request.
    ///
    /// # Errors
    /// When the server cannot be asked or refuses.
    pub async fn ask<T>(&self, question: impl AsyncFn(&dyn Backend) -> Result<T>) -> Result<T> {
        if self.client.known_kind().is_some() {
            return question(self.backend().await?).await;
        }
        let first = question(&self.moss_server).await;
        let is_silent = first.as_ref().is_err_and(|error| error.exit() == Exit::Unreachable);
        if is_silent || self.client.known_kind().is_some() {
            return first;
        }
        // Answered without our header: the original has no such route, and may say so in HTML, or
        // it has one and does it in its own way.
        match self.backend().await {
            Ok(_) if self.client.known_kind() == Some(ServerKind::Moss) => first,
            Ok(original) => question(original).await,
            Err(_) => first,
        }
    }

    /// Whose key it is.
    ///
    /// # Errors
    /// When the key is of no agent, or the server cannot be asked.
    pub async fn identity(&self) -> Result<Identity> {
        self.ask(async |backend| backend.identity().await).await
    }

    /// The same outcome; a refusal that says too little says what was wrong.
    ///
    /// # Errors
    /// As before, perhaps with another exit code.
    pub async fn explained<T>(&self, id: &str, action: Action, outcome: Result<T>) -> Result<T> {
        match outcome {
            Err(error) if error.is_bad_request() => match self.backend().await {
                Ok(backend) => Err(backend.explain(id, action, error).await),
                Err(_) => Err(error),
            },
            other => other,
        }
    }

    /// Which server has been answering, for hints: ours says so in every answer.
    pub fn kind(&self) -> ServerKind {
        self.client.known_kind().unwrap_or(ServerKind::OpenMoss)
    }
}
