//! Which server, as whom, and with which key: from the command line, the environment, the profile.

pub mod active;
pub mod env;
pub mod flags;
pub mod key;
pub mod key_store;
pub mod plain_http;
pub mod profile;
pub mod profiles;
pub mod secret_input;
pub mod server_kind;
pub mod tls_files;
mod trust;

use std::path::Path;

use moss_api::{Exit, quoted};
use reqwest::Url;

use crate::config::active::{ActiveProfile, FoundBy};
use crate::config::env::{KEY_VARIABLE, SERVER_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::key::{Key, not_for};
use crate::config::profile::{Profile, ProfileDir};
use crate::config::profiles::Profiles;
use crate::config::tls_files::TlsFiles;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::{files, shell};

/// What a command needs to reach its server.
#[derive(Debug)]
pub struct Config {
    /// Base URL.
    pub server: Url,
    /// How https trusts it, and what it is shown.
    pub tls: TlsFiles,
    /// Who is asking; nobody for what is public.
    pub caller: Caller,
    /// The profile, when it is of this server.
    pub active: Option<ActiveProfile>,
}

/// Who is asking, and what proves it.
#[derive(Debug)]
pub enum Caller {
    /// Nobody in particular.
    Nobody,
    /// The agent itself.
    Agent(Key),
    /// The person in charge, as this agent.
    Admin {
        /// The admin's session.
        session: Key,
        /// The agent's name, or an id or its beginning; none for the admin's own routes.
        agent: Option<String>,
    },
}

impl Config {
    /// For commands that act as an agent.
    ///
    /// # Errors
    /// When no server or no key is configured, or either is unusable.
    pub fn for_agent(global: &GlobalFlags) -> Result<Self> {
        let Some(agent) = &global.as_agent else {
            let active = find_profile(global)?;
            let server = server(global, active.as_ref())?;
            let key = key(global, active.as_ref(), &server)?;
            key.secret_for(&server)?; // better known before anything is done
            return Self::of_agent(global, server, key, active);
        };
        let profiles = Profiles::of_user();
        let own = profiles.as_ref().and_then(|profiles| profiles.find(agent));
        if let Some(known) = own.filter(|known| known.folder.has_profile()) {
            let profile = known.profile()?;
            let active = ActiveProfile { folder: known.folder, profile, found: FoundBy::As };
            let server = server(global, Some(&active))?;
            let key = key_of(&active, &server)?;
            return Self::of_agent(global, server, key, Some(active));
        }
        let server = server(global, ActiveProfile::find(global)?.as_ref())?;
        let session = admin_session(profiles.as_ref(), &server, agent)?;
        let caller = Caller::Admin { session, agent: Some(agent.clone()) };
        let folder = profiles.map(|profiles| profiles.admin(server.as_str()));
        let tls = TlsFiles::find(global, &server, folder.as_ref())?;
        Ok(Self { server, tls, caller, active: None })
    }

    fn of_agent(
        global: &GlobalFlags,
        server: Url,
        key: Key,
        active: Option<ActiveProfile>,
    ) -> Result<Self> {
        let active = of_server(active, &server);
        let tls = TlsFiles::find(global, &server, active.as_ref().map(|active| &active.folder))?;
        Ok(Self { server, tls, caller: Caller::Agent(key), active })
    }

    /// For the admin's own routes; none when there is no session with this server.
    ///
    /// # Errors
    /// When no server is named, or the session cannot be read.
    pub fn for_admin(global: &GlobalFlags) -> Result<(Self, Option<ProfileDir>)> {
        let mut config = Self::for_nobody(global)?;
        let folder = Profiles::of_user().map(|profiles| profiles.admin(config.server.as_str()));
        let folder = folder.filter(|folder| folder.key_path().symlink_metadata().is_ok());
        if let Some(folder) = &folder {
            config.tls = TlsFiles::find(global, &config.server, Some(folder))?;
            let session = Key::from_file(&folder.key_path())?;
            session.secret_for(&config.server)?;
            config.caller = Caller::Admin { session, agent: None };
        }
        Ok((config, folder))
    }

    /// For `register` and `login`: a server, and nobody yet.
    ///
    /// # Errors
    /// When no server is named, or it is unusable.
    pub fn for_nobody(global: &GlobalFlags) -> Result<Self> {
        match named_server(global)? {
            Some(server) => {
                let tls = TlsFiles::given(global)?;
                Ok(Self { server, tls, caller: Caller::Nobody, active: None })
            }
            None => Err(Error::usage("which server?")
                .hint(format!("add --server URL, or set {SERVER_VARIABLE}"))),
        }
    }

    /// For finding out what is wrong: the server, as far as anything names it.
    pub fn for_doctor(global: &GlobalFlags, active: Option<&ActiveProfile>) -> Option<Self> {
        let named = named_server(global).ok().flatten();
        let server = named.or_else(|| parse_server(&active?.profile.server).ok())?;
        let its = active.filter(|active| is_its_own(&active.profile, &server));
        let tls = TlsFiles::find(global, &server, its.map(|active| &active.folder)).ok()?;
        Some(Self { server, tls, caller: Caller::Nobody, active: None })
    }

    /// The agent's role as the profile remembers it.
    pub fn role(&self) -> Option<moss_api::Role> {
        self.active.as_ref().and_then(|active| active.profile.role.parse().ok())
    }
}

/// The profile in force. Whoever brings server and key along needs none, and is not kept from
/// working by one in a folder above that is another user's or closed.
fn find_profile(global: &GlobalFlags) -> Result<Option<ActiveProfile>> {
    match ActiveProfile::find(global) {
        Err(error) if trust::is_out_of_reach(&error) && needs_no_profile(global) => Ok(None),
        other => other,
    }
}

fn needs_no_profile(global: &GlobalFlags) -> bool {
    let server = global.server.is_some() || variable(SERVER_VARIABLE).is_some();
    let key = global.key.is_some() || global.key_file.is_some();
    server && (key || variable(KEY_VARIABLE).is_some()) && active::named(global).is_none()
}

/// The server in use.
fn server(global: &GlobalFlags, active: Option<&ActiveProfile>) -> Result<Url> {
    match (named_server(global)?, active) {
        (Some(server), _) => Ok(server),
        (None, Some(active)) => parse_server(&active.profile.server),
        (None, None) => Err(no_profile("no server is configured")),
    }
}

/// What a profile remembers of its own server says nothing of another one.
fn of_server(active: Option<ActiveProfile>, server: &Url) -> Option<ActiveProfile> {
    active.filter(|active| is_its_own(&active.profile, server))
}

fn named_server(global: &GlobalFlags) -> Result<Option<Url>> {
    match &global.server {
        Some(server) => parse_server(server).map(Some),
        None => variable(SERVER_VARIABLE).map(|server| parse_server(&server)).transpose(),
    }
}

/// A server's URL.
///
/// # Errors
/// When it is none; the message says why.
pub fn parse_server(text: &str) -> Result<Url> {
    let bad = |why: &str| {
        Error::refused(format!("{} is no server URL: {why}", quoted(&moss_api::clip(text, 80))))
            .hint("write it like http://127.0.0.1:6565")
    };
    let mut url = Url::parse(text.trim()).map_err(|e| bad(&e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not shown again: there may be a password in it.
        return Err(Error::refused("a server URL carries no user name or password")
            .hint("write it like http://127.0.0.1:6565"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it must have no ? and no #"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The key in force: the environment's, a file's, the profile's.
fn key(global: &GlobalFlags, active: Option<&ActiveProfile>, server: &Url) -> Result<Key> {
    match (given_key(global)?, active) {
        (Some(key), Some(active)) if key.server().is_none() => Ok(recognised(key, active)),
        (Some(key), _) => Ok(key),
        (None, Some(active)) => key_of(active, server),
        (None, None) => Err(no_profile("no key is configured")),
    }
}

/// A key that is the profile's own is for the profile's server, as the original's skills give it on
/// every command line. Nobody else's profile has it.
fn recognised(key: Key, ActiveProfile { folder, profile, .. }: &ActiveProfile) -> Key {
    match folder.key(profile) {
        Ok(own) if own.secret() == key.secret() => match own.server() {
            Some(its) => key.given_for(its),
            None => key,
        },
        Ok(_) | Err(_) => key,
    }
}

/// A profile's key, which no other server gets to see.
fn key_of(active: &ActiveProfile, server: &Url) -> Result<Key> {
    let ActiveProfile { folder, profile, .. } = active;
    if is_its_own(profile, server) {
        return folder.key(profile);
    }
    let (name, its) = (quoted(&profile.name), quoted(&profile.server));
    let message = format!("the key of {name} is for {its}, and is not sent to {server}");
    Err(not_for(message, hints::OTHER_PROFILE))
}

fn is_its_own(profile: &Profile, server: &Url) -> bool {
    parse_server(&profile.server).is_ok_and(|its| its == *server)
}

/// A key that does not come from a profile; none when none is given. It is for the server that is
/// named beside it, never for one that only a profile names: whoever wrote that profile, in a
/// cloned repository for one, would be sent the key.
///
/// # Errors
/// When one is given that cannot be read or is none.
pub fn given_key(global: &GlobalFlags) -> Result<Option<Key>> {
    let Some(key) = brought_key(global)? else { return Ok(None) };
    // What stands beside it in the environment says more than what one command asks.
    let beside = variable(SERVER_VARIABLE).filter(|_| key.source == KEY_VARIABLE);
    let server = match beside {
        Some(server) => Some(parse_server(&server)?),
        None => named_server(global)?,
    };
    Ok(Some(match server {
        Some(server) => key.given_for(&server),
        None => key,
    }))
}

fn brought_key(global: &GlobalFlags) -> Result<Option<Key>> {
    if let Some(key) = &global.key {
        eprintln!("warning: --key shows in the process list; {}", hints::safer_key(KEY_VARIABLE));
        return Key::new(key.clone().into(), "--key").map(Some);
    }
    if let Some(key) = variable(KEY_VARIABLE) {
        return Key::new(key.into(), KEY_VARIABLE).map(Some);
    }
    match &global.key_file {
        Some(path) if path == Path::new("-") => {
            Key::new(secret_input::secret_line("key", global)?, "stdin").map(Some)
        }
        Some(path) => Key::from_file(path).map(Some),
        None => Ok(None),
    }
}

fn admin_session(profiles: Option<&Profiles>, server: &Url, agent: &str) -> Result<Key> {
    let path = profiles.map(|profiles| profiles.admin(server.as_str()).key_path());
    match path.filter(|path| path.symlink_metadata().is_ok()) {
        Some(path) => {
            let session = Key::from_file(&path)?;
            session.secret_for(server).map(|_| ())?;
            Ok(session)
        }
        None => Err(Error::new(
            Exit::NotAllowed,
            "no_profile",
            format!("you have no profile {}, and no admin session with {server}", quoted(agent)),
        )
        .hint(hints::profiles_or_admin(&shell::quoted(server.as_str())))),
    }
}

/// Nobody is logged in here.
pub fn no_profile(what: &str) -> Error {
    let (why, hint) = match files::here().ok().and_then(|here| ProfileDir::left(&here)) {
        Some(folder) => {
            let at = files::shown(folder.path());
            (
                format!("there is no profile in {at}, and none in use"),
                hints::LOG_IN_AGAIN.to_owned(),
            )
        }
        None => (
            "there is no .moss/ folder here or above, and no profile in use".to_owned(),
            hints::join(SERVER_VARIABLE, KEY_VARIABLE),
        ),
    };
    Error::new(Exit::NotAllowed, "no_profile", format!("{what}: {why}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::parse_server;

    #[test]
    fn servers_are_http_urls() {
        assert_eq!(parse_server("http://h:1/moss/").unwrap().as_str(), "http://h:1/moss");
        for bad in ["", "127.0.0.1:6565", "ftp://h", "http://u:p@h", "http://h/?a", "http://"] {
            assert!(parse_server(bad).is_err(), "{bad}");
        }
    }
}
