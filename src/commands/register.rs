//! `moss register`.

use clap::Args;
use moss_api::{
    AgentCreated, Exit, Role,
    requests::Register as Body,
    text::{AgentName, Text},
};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::commands::args::{self, help, text};
use crate::commands::keep_key::{self, Choice};
use crate::config::Config;
use crate::config::active::{self, ActiveProfile};
use crate::config::env::{TOKEN_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::key::Key;
use crate::config::key_store::KeyStore;
use crate::config::profile::{Profile, ProfileDir};
use crate::config::profiles::Profiles;
use crate::config::secret_input;
use crate::context::plain_http;
use crate::error::{Error, Result};
use crate::render::out::Out;
use crate::render::sanitize::{quoted, word};
use crate::system::files;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss register --server http://127.0.0.1:6565 --role executor --name AI-Wu --token-stdin < token",
      "MOSS_REGISTRATION_TOKEN=TOKEN moss register --server http://127.0.0.1:6565 --role planner --name AI-Pia"],
    &[],
))]
pub struct Register {
    /// What the agent is for: planner, executor, reviewer or patrol
    #[arg(long, value_parser = args::word::<Role>)]
    role: Role,
    /// Its name, used by no other
    #[arg(long)]
    name: String,
    /// What it is good at
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    description: Option<String>,
    /// Read the registration token or an invite from standard input, not MOSS_REGISTRATION_TOKEN
    #[arg(long)]
    token_stdin: bool,
    /// Where to keep the key
    #[arg(long, value_enum, default_value_t)]
    store: Choice,
    /// Replace whoever is registered in this folder; their key is lost
    #[arg(long)]
    force: bool,
    /// The original's way to pass the token
    #[arg(long, hide = true, conflicts_with = "token_stdin")]
    token: Option<String>,
}

impl Register {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let folder = ActiveProfile::destination(global)?;
        if folder.is_taken() && !self.force {
            let who = folder.profile().map_or_else(|_| "somebody".into(), |p| quoted(&p.name));
            let message = format!("{} belongs to {who} already", files::shown(folder.path()));
            return Err(Error::refused(message)
                .hint("register in another folder, or add --force to lose that key"));
        }
        let body = Body {
            name: text::checked::<AgentName>("--name", &self.name)?,
            role: self.role.into(),
            description: text::optional::<Text>("--description", self.description.as_ref())?
                .unwrap_or_default(),
        };
        let config = Config::for_nobody(global)?;
        let token = self.token(global)?;
        let _lock = folder.prepare()?;
        plain_http::warn_once(&config.server, Some(&folder));
        keep_key::try_out(self.store)?;
        let client = Client::new(&config, global.timeout(), global.debug)?
            .with_registration_token(&token)?;
        let created: AgentCreated = client.post("/api/agents/register", &body).await?;
        let key = Key::new(created.api_key.into(), "the answer")?.given_for(&config.server);
        let _ = client.original().await; // it can be asked again; the key cannot
        let mut profile = Profile {
            server: config.server.to_string(),
            agent_id: created.id,
            name: created.name,
            role: created.role.word(),
            kind: client.known_kind(),
            key_store: KeyStore::File,
            auto_update: false,
            releases: None,
        };
        // The only copy of the key: any place is better than none.
        let note = keep_key::save(&folder, &mut profile, &key, self.store).or_else(|error| {
            let note = Some(error.to_string());
            keep_key::save(&folder, &mut profile, &key, Choice::File).map(|_| note)
        })?;
        folder.keep_tls_files(&config.tls)?;
        keep(global, &profile, &folder)?;
        let out = Out::new(global);
        out.data(&profile, || settled(global, "registered", &profile, &folder, note.as_deref()))?;
        out.flush()?;
        Ok(Exit::Done)
    }

    fn token(&self, global: &GlobalFlags) -> Result<Zeroizing<String>> {
        let token = if self.token_stdin {
            Some(secret_input::secret_line("registration token", global)?)
        } else if self.token.is_some() {
            eprintln!("warning: --token shows in the process list; use --token-stdin");
            self.token.clone().map(Zeroizing::new)
        } else {
            variable(TOKEN_VARIABLE).map(Zeroizing::new)
        };
        let token = token.map(|token| Zeroizing::new(token.trim().to_owned()));
        token.filter(|token| !token.is_empty()).ok_or_else(|| {
            Error::usage("registering needs a token")
                .hint(format!("pipe it into --token-stdin, or set {TOKEN_VARIABLE}"))
        })
    }
}

/// Lets the user find a new profile again: a workspace by its agent's name, and the first profile
/// of the user's own as the one in use.
///
/// # Errors
/// When the one in use cannot be written down.
pub(super) fn keep(global: &GlobalFlags, profile: &Profile, folder: &ProfileDir) -> Result<()> {
    let Some(profiles) = Profiles::of_user() else { return Ok(()) };
    match active::named(global) {
        Some(name) if profiles.own(&name) == *folder => {
            let current = profiles.current().and_then(|current| profiles.find(&current));
            match current.filter(|known| known.folder.has_profile()) {
                None => profiles.set_current(&name),
                Some(_) => Ok(()),
            }
        }
        // A home that cannot be written costs the name, not the workspace.
        Some(_) | None => {
            profiles.remember(profile, folder);
            Ok(())
        }
    }
}

/// What is so after `register` and `login`, and what to type next.
pub(super) fn settled(
    global: &GlobalFlags,
    what: &str,
    profile: &Profile,
    folder: &ProfileDir,
    note: Option<&str>,
) -> String {
    let (name, role) = (quoted(&profile.name), word::<Role>(&profile.role));
    let place = profile.key_store.place(&folder.key_path());
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    let named = active::flag(global);
    format!("{what} {name} as {role}, key in {place}{note}\n-> moss{named} wake\n")
}
