//! `moss register`.

use std::io::Read;

use clap::Args;
use moss_api::{AgentCreated, AgentName, Exit, Register as Body, Role, Text};

use crate::cli::Global;
use crate::client::Client;
use crate::config::{Config, variable};
use crate::error::{Error, Result};
use crate::folder::{Folder, Profile};
use crate::output::Out;
use crate::{help, input, values};

/// The environment variable that carries the registration token.
pub const TOKEN_VARIABLE: &str = "MOSS_REGISTRATION_TOKEN";

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(
    &["moss register --server http://127.0.0.1:6565 --role executor --name AI-Wu --token-stdin < token",
      "MOSS_REGISTRATION_TOKEN=… moss register --server http://127.0.0.1:6565 --role planner --name AI-Pia"],
    &[],
))]
pub struct Register {
    /// What the agent is for: planner, executor, reviewer or patrol
    #[arg(long, value_parser = values::word::<Role>)]
    role: Role,
    /// Its name, used by no other
    #[arg(long)]
    name: String,
    /// What it is good at
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Read the registration token from standard input instead of MOSS_REGISTRATION_TOKEN
    #[arg(long)]
    token_stdin: bool,
    /// Replace whoever is registered in this folder; their key is lost
    #[arg(long)]
    force: bool,
    /// The original's way to pass the token
    #[arg(long, hide = true, conflicts_with = "token_stdin")]
    token: Option<String>,
}

impl Register {
    pub async fn run(self, global: &Global) -> Result<Exit> {
        let here = std::env::current_dir()
            .map_err(|e| Error::local(format!("cannot tell the working directory: {e}")))?;
        let folder = Folder::in_dir(&here);
        if folder.is_taken() && !self.force {
            let who = folder.profile().map_or_else(|_| "somebody".into(), |p| p.name);
            let message = format!("{} belongs to {who} already", folder.path().display());
            return Err(Error::refused(message)
                .hint("register in another folder, or add --force to lose that key"));
        }
        let body = Body {
            name: input::checked::<AgentName>("--name", &self.name)?,
            role: self.role.into(),
            description: input::optional::<Text>("--description", self.description.as_ref())?
                .unwrap_or_default(),
        };
        let config = Config::for_registration(global)?;
        let token = self.token()?;
        folder.prepare()?;
        let client = Client::new(&config, global.timeout(), global.debug)?
            .with_registration_token(&token)?;
        let created: AgentCreated = client.post("/api/agents/register", &body).await?;
        let profile = Profile {
            server: config.server.to_string(),
            agent_id: created.id.clone(),
            name: created.name.clone(),
            role: created.role.to_string(),
            kind: Some(client.kind().await?),
        };
        folder.save(&profile, &created.api_key)?;
        let out = Out::new(global);
        out.data(&profile, || {
            let (name, role, key) = (&created.name, &created.role, folder.key_path());
            format!("registered {name} as {role}, key in {}\n-> moss wake\n", key.display())
        })?;
        out.flush()?;
        Ok(Exit::Done)
    }

    fn token(&self) -> Result<String> {
        let token = if self.token_stdin {
            let mut text = String::new();
            std::io::stdin()
                .take(4096)
                .read_to_string(&mut text)
                .map_err(|e| Error::local(format!("cannot read the token from stdin: {e}")))?;
            Some(text)
        } else if self.token.is_some() {
            eprintln!("warning: --token shows in the process list; use --token-stdin");
            self.token.clone()
        } else {
            variable(TOKEN_VARIABLE)
        };
        match token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()) {
            Some(token) => Ok(token),
            None => Err(Error::usage("registering needs a token")
                .hint(format!("pipe it into --token-stdin, or set {TOKEN_VARIABLE}"))),
        }
    }
}
