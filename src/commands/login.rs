//! `moss login`: a key somebody was given, or the admin's password.

use clap::Args;
use moss_api::Exit;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::commands::args::help;
use crate::commands::keep_key::{self, Choice};
use crate::config::active::{ActiveProfile, no_user};
use crate::config::flags::GlobalFlags;
use crate::config::key::Key;
use crate::config::key_store::KeyStore;
use crate::config::profile::Profile;
use crate::config::profiles::Profiles;
use crate::config::secret_input;
use crate::config::tls_files::TlsFiles;
use crate::config::{self, Caller, Config};
use crate::context::{Context, plain_http};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::out::Out;
use crate::render::sanitize::quoted;
use crate::system::{files, shell};

use super::register::{keep, settled};

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss login --server http://127.0.0.1:6565 < key     # the key of an agent, for this folder",
      "moss login --server http://127.0.0.1:6565 --profile prod",
      "moss login --admin --server http://127.0.0.1:6565   # then: moss --as AI-Wu wake"],
    &[],
))]
pub struct Login {
    /// Where to keep the key
    #[arg(long, value_enum, default_value_t)]
    store: Choice,
    /// Replace another agent that is registered in this folder; their key is lost
    #[arg(long)]
    force: bool,
    /// Log in with the admin's password, to act as any agent with --as
    #[arg(long, conflicts_with_all = ["store", "force"])]
    admin: bool,
}

impl Login {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        if self.admin {
            return as_admin(global).await;
        }
        let folder = ActiveProfile::destination(global)?;
        let before = folder.has_profile().then(|| folder.profile());
        // Not the profile's server: whoever wrote that profile would be sent the key.
        let mut config = Config::for_nobody(global).map_err(|error| match &before {
            Some(Ok(profile)) if error.exit() == Exit::Usage => {
                error.hint(hints::login_to(&shell::quoted(&profile.server)))
            }
            Some(_) | None => error,
        })?;
        if let Some(Ok(profile)) = &before
            && profile.server == config.server.as_str()
        {
            config.tls = TlsFiles::find(global, &config.server, Some(&folder))?;
        }
        let key = match config::given_key(global)? {
            Some(key) => key,
            None => Key::new(secret_input::secret_line("key", global)?, "stdin")?
                .given_for(&config.server),
        };
        let server = config.server.to_string();
        config.caller = Caller::Agent(key);
        let ctx = Context::with(global, config)?;
        let me = ctx.identity().await?;
        if let Some(Ok(before)) = &before
            && before.agent_id != me.id
            && !self.force
        {
            let (at, who) = (files::shown(folder.path()), quoted(&before.name));
            return Err(Error::refused(format!("{at} belongs to {who} already"))
                .hint("log in in another folder, or add --force to lose that key"));
        }
        let mut profile = Profile {
            server,
            agent_id: me.id,
            name: me.name,
            role: me.role,
            kind: ctx.client.known_kind(),
            key_store: KeyStore::File,
            auto_update: matches!(&before, Some(Ok(profile)) if profile.auto_update),
            releases: before.and_then(Result::ok).and_then(|profile| profile.releases),
        };
        let Caller::Agent(key) = &ctx.config.caller else { return Ok(Exit::Fault) };
        let _lock = folder.prepare()?;
        plain_http::warn_once(&ctx.config.server, Some(&folder));
        let note = keep_key::save(&folder, &mut profile, key, self.store)?;
        folder.keep_tls_files(&ctx.config.tls)?;
        keep(global, &profile, &folder)?;
        ctx.out
            .data(&profile, || settled(global, "logged in", &profile, &folder, note.as_deref()))?;
        ctx.out.flush()?;
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct Password<'a> {
    password: &'a str,
}

#[derive(Deserialize)]
struct Session {
    token: String,
}

/// Keeps the session, not the password: it ends by itself when it is not used. The mark beside it
/// outlives it, and lets the next login in while somebody else at this address guesses.
async fn as_admin(global: &GlobalFlags) -> Result<Exit> {
    let mut config = Config::for_nobody(global)?;
    let folder = Profiles::of_user().ok_or_else(no_user)?.admin(config.server.as_str());
    config.tls = TlsFiles::find(global, &config.server, Some(&folder))?;
    let password = secret_input::secret_line("admin password", global)?;
    let password = Password { password: &password };
    let mut client = Client::new(&config, global.timeout(), global.debug)?;
    // One that is of no use is renewed by this login.
    if let Ok(mark) = Key::from_file(&folder.device_mark_path())
        && mark.secret_for(&config.server).is_ok()
    {
        client = client.with_device_mark(&mark)?;
    }
    let (session, mark) = client.log_in::<Session>("/api/admin/login", &password).await?;
    let session = Key::new(session.token.into(), "the answer")?.given_for(&config.server);
    let _lock = folder.prepare()?;
    plain_http::warn_once(&config.server, Some(&folder));
    KeyStore::File.keep(&folder.key_path(), "", &session)?;
    folder.keep_tls_files(&config.tls)?;
    if let Some(mark) = mark {
        KeyStore::File.keep(&folder.device_mark_path(), "", &mark)?;
    }
    let out = Out::new(global);
    let server = config.server.as_str();
    out.data(&serde_json::json!({"server": server, "admin": true}), || {
        format!("logged in as the admin of {server}\n-> {}\n", hints::ACT_AS)
    })?;
    out.flush()?;
    Ok(Exit::Done)
}
