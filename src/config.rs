//! Which server, and with which key: from the command line, the environment, the `.moss/` folder.

use std::io::Read;
use std::path::Path;

use moss_api::Exit;
use reqwest::Url;

use crate::cli::Global;
use crate::error::{Error, Result};
use crate::folder::{Folder, Profile, read_key};

const MAX_KEY_BYTES: usize = 4096;

/// What a command needs to reach its server.
#[derive(Debug)]
pub struct Config {
    /// Base URL.
    pub server: Url,
    /// The agent's key; none for what needs none.
    pub key: Option<Key>,
    /// The folder of the profile, when it is the profile of this server.
    pub home: Option<(Folder, Profile)>,
}

/// An agent's key. Never shown: it has no `Display`, and `Debug` hides it.
pub struct Key {
    secret: String,
    /// Where it came from, for `whoami`.
    pub source: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key from {}", self.source)
    }
}

impl Key {
    /// Checks that the text can be a key at all.
    fn new(text: &str, source: impl Into<String>) -> Result<Self> {
        let source = source.into();
        let text = text.trim();
        let fits = !text.is_empty()
            && text.len() <= MAX_KEY_BYTES
            && text.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            let message = format!("{source} holds no key");
            return Err(Error::new(Exit::NotAllowed, "no_key", message)
                .hint("a key is one line of ASCII, as moss register received it"));
        }
        Ok(Self { secret: text.to_owned(), source })
    }

    /// The secret, for the one header it goes into.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl Config {
    /// For commands that act as an agent.
    ///
    /// # Errors
    /// When no server or no key is configured, or either is unusable.
    pub fn for_agent(global: &Global) -> Result<Self> {
        let home = home()?;
        let server = match named_server(global)? {
            Some(server) => server,
            None => match &home {
                Some((_, profile)) => parse_server(&profile.server)?,
                None => return Err(no_profile("no server is configured")),
            },
        };
        let key = Some(key(global, home.as_ref().map(|(folder, _)| folder))?);
        // What the profile remembers of its own server says nothing of another one.
        let is_its_own =
            |profile: &Profile| parse_server(&profile.server).is_ok_and(|s| s == server);
        let home = home.filter(|(_, profile)| is_its_own(profile));
        Ok(Self { server, key, home })
    }

    /// For `register`: a server, and no key yet.
    ///
    /// # Errors
    /// When no server is named, or it is unusable.
    pub fn for_registration(global: &Global) -> Result<Self> {
        match named_server(global)? {
            Some(server) => Ok(Self { server, key: None, home: None }),
            None => Err(Error::usage("which server?")
                .hint("moss register --server http://127.0.0.1:6565 …, or set MOSS_SERVER")),
        }
    }

    /// The agent's role as the profile remembers it.
    pub fn role(&self) -> Option<moss_api::Role> {
        self.home.as_ref().and_then(|(_, profile)| profile.role.parse().ok())
    }
}

/// The environment variable that names the server.
pub const SERVER_VARIABLE: &str = "MOSS_SERVER";
/// The environment variable that carries the key.
pub const KEY_VARIABLE: &str = "MOSS_API_KEY";

fn home() -> Result<Option<(Folder, Profile)>> {
    let here = std::env::current_dir()
        .map_err(|e| Error::local(format!("cannot tell the working directory: {e}")))?;
    match Folder::find(&here) {
        None => Ok(None),
        Some(folder) => {
            let profile = folder.profile()?;
            Ok(Some((folder, profile)))
        }
    }
}

fn named_server(global: &Global) -> Result<Option<Url>> {
    match &global.server {
        Some(server) => parse_server(server).map(Some),
        None => variable(SERVER_VARIABLE).map(|server| parse_server(&server)).transpose(),
    }
}

/// A variable's value; one that is empty counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn parse_server(text: &str) -> Result<Url> {
    let bad = |why: &str| {
        Error::refused(format!("'{}' is no server URL: {why}", moss_api::clip(text, 80)))
            .hint("write it like http://127.0.0.1:6565")
    };
    let mut url = Url::parse(text.trim()).map_err(|e| bad(&e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::refused("a server URL carries no user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it must have no ? and no #"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn key(global: &Global, home: Option<&Folder>) -> Result<Key> {
    if let Some(key) = &global.key {
        eprintln!(
            "warning: --key shows in the process list; use {KEY_VARIABLE}, --key-file or moss register"
        );
        return Key::new(key, "--key");
    }
    if let Some(key) = variable(KEY_VARIABLE) {
        return Key::new(&key, KEY_VARIABLE);
    }
    match (&global.key_file, home) {
        (Some(path), _) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin()
                .take(MAX_KEY_BYTES as u64 + 2)
                .read_to_string(&mut text)
                .map_err(|e| Error::local(format!("cannot read the key from stdin: {e}")))?;
            Key::new(&text, "stdin")
        }
        (Some(path), _) => Key::new(&read_key(path)?, path.display().to_string()),
        (None, Some(folder)) => {
            let path = folder.key_path();
            Key::new(&read_key(&path)?, path.display().to_string())
        }
        (None, None) => Err(no_profile("no key is configured")),
    }
}

fn no_profile(what: &str) -> Error {
    Error::new(
        Exit::NotAllowed,
        "no_profile",
        format!("{what}: there is no .moss/ folder here or above"),
    )
    .hint(format!(
        "run it in the agent's workspace, set {SERVER_VARIABLE} and {KEY_VARIABLE}, or join: moss register --help"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Key, parse_server};

    #[test]
    fn servers_are_http_urls() {
        assert_eq!(parse_server("http://h:1/moss/").unwrap().as_str(), "http://h:1/moss");
        for bad in ["", "127.0.0.1:6565", "ftp://h", "http://u:p@h", "http://h/?a", "http://"] {
            assert!(parse_server(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_never_show() {
        let key = Key::new(" ak_secret\n", "there").unwrap();
        assert_eq!(key.secret(), "ak_secret");
        assert_eq!(format!("{key:?}"), "Key from there");
        assert!(Key::new("a b", "there").is_err());
    }
}
