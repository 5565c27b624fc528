//! A secret that proves who is asking, and the one server it may be shown to.

use std::fs::File;
use std::io::{BufRead, ErrorKind, Read};
use std::path::Path;

use moss_api::Exit;
use reqwest::Url;
use zeroize::Zeroizing;

use crate::config::parse_server;
use crate::config::trust;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::files::{cannot, shown};
use crate::system::shell::quoted;

const MAX_BYTES: usize = 4096;
/// Longest file with a key and its server.
const MAX_FILE_BYTES: usize = 2 * MAX_BYTES;

/// An agent's key or an admin's session. Never shown: it has no `Display`, `Debug` hides it, and
/// it is wiped from memory when it is dropped.
pub struct Key {
    secret: Zeroizing<String>,
    /// Where it came from, for `whoami`.
    pub source: String,
    /// The server it was given for, once that is known.
    server: Option<Url>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key from {}", self.source)
    }
}

impl Key {
    /// Checks that the text can be a key at all.
    ///
    /// # Errors
    /// When it is not one line of printable ASCII.
    pub fn new(text: Zeroizing<String>, source: impl Into<String>) -> Result<Self> {
        let source = source.into();
        let secret = text.trim();
        let fits = !secret.is_empty()
            && secret.len() <= MAX_BYTES
            && secret.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            return Err(no_key(&source));
        }
        Ok(Self { secret: Zeroizing::new(secret.to_owned()), source, server: None })
    }

    /// The same, for this server alone, unless it is known to be for another.
    pub fn given_for(mut self, server: &Url) -> Self {
        self.server.get_or_insert_with(|| server.clone());
        self
    }

    /// The server it was given for, as far as that is known.
    pub fn server(&self) -> Option<&Url> {
        self.server.as_ref()
    }

    /// The secret, for the one store it goes into. To be sent, it is [`Self::secret_for`] one.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The secret, for a request to this server.
    ///
    /// # Errors
    /// When it was given for another one, or nobody knows for which.
    pub fn secret_for(&self, server: &Url) -> Result<&str> {
        let source = &self.source;
        match &self.server {
            Some(its) if its == server => Ok(&self.secret),
            Some(its) => {
                let message =
                    format!("the key from {source} is for {its}, and is not sent to {server}");
                Err(not_for(message, hints::OTHER_PROFILE))
            }
            None => {
                let message = format!(
                    "nobody named the server that the key from {source} is for: {server}, of the \
                     profile, does not get it"
                );
                Err(not_for(message, hints::NAME_THE_SERVER))
            }
        }
    }

    /// As a file keeps it: the key, and on the next line its server.
    pub fn to_text(&self) -> Zeroizing<String> {
        let server = self.server.as_ref().map(|its| format!("{its}\n")).unwrap_or_default();
        Zeroizing::new(format!("{}\n{server}", self.secret()))
    }

    fn from_text(text: &str, source: String) -> Result<Self> {
        let mut lines = text.trim_end().lines();
        let secret = lines.next().unwrap_or_default().to_owned();
        let key = Self::new(Zeroizing::new(secret), source)?;
        match (lines.next().map(parse_server), lines.next()) {
            (None, _) => Ok(key),
            (Some(Ok(server)), None) => Ok(key.given_for(&server)),
            (Some(_), _) => Err(no_key(&key.source)),
        }
    }

    /// The key in a file only its owner can read. The file may say on a second line which server
    /// it is for.
    ///
    /// # Errors
    /// When the file is missing, a symbolic link, readable by others, or holds no key.
    pub fn from_file(path: &Path) -> Result<Self> {
        let (shown, quoted) = (shown(path), quoted(&path.to_string_lossy()));
        let meta = std::fs::symlink_metadata(path).map_err(|e| {
            Error::new(Exit::NotAllowed, "no_key", format!("cannot read the key in {shown}: {e}"))
                .hint(hints::NO_KEY)
        })?;
        if !meta.is_file() {
            return Err(Error::new(
                Exit::NotAllowed,
                "unsafe_key",
                format!("the key {shown} is a symbolic link or no file"),
            )
            .hint(format!("put the key itself there, then chmod 600 {quoted}")));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = meta.permissions().mode();
            if mode & 0o077 != 0 {
                let message =
                    format!("others can read the key {shown} (mode {:03o})", mode & 0o777);
                return Err(Error::new(Exit::NotAllowed, "unsafe_key", message)
                    .hint(format!("chmod 600 {quoted}")));
            }
            if !trust::is_ours(path, &meta) {
                let message = format!("the key {shown} belongs to another user");
                return Err(Error::new(Exit::NotAllowed, "unsafe_key", message)
                    .hint("use a key of your own: moss login --server URL"));
            }
        }
        let file = File::open(path).map_err(|e| {
            let failed = cannot("read", path, &e);
            let is_closed = e.kind() == ErrorKind::PermissionDenied && trust::is_own(path);
            if is_closed { failed.hint(format!("chmod 600 {quoted}")) } else { failed }
        })?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let same = |it: std::fs::Metadata| (it.dev(), it.ino()) == (meta.dev(), meta.ino());
            if !file.metadata().is_ok_and(same) {
                return Err(Error::local(format!("the key {shown} was changed while it was read")));
            }
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_FILE_BYTES)); // never moved by growing
        file.take(MAX_FILE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| cannot("read", path, &e))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Self::from_text(text, shown)
    }
}

fn no_key(source: &str) -> Error {
    let message = format!("{source} holds no key");
    Error::new(Exit::NotAllowed, "no_key", message).hint(hints::KEY_FORMAT)
}

/// A key of another server, or of nobody knows which.
pub fn not_for(message: String, hint: impl Into<String>) -> Error {
    Error::new(Exit::NotAllowed, "foreign_server", message).hint(hint)
}

/// A line of at most 4 KiB; whatever follows it is not waited for. A pipe that somebody keeps
/// open after the line does not matter.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn line(source: impl BufRead) -> std::io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1)); // never moved by growing
    source.take(MAX_BYTES as u64 + 1).read_until(b'\n', &mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(std::io::Error::other)?;
    Ok(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<Key> {
        Key::new(text.to_owned().into(), "there")
    }

    #[test]
    fn keys_never_show() {
        let key = key(" ak_secret\n").unwrap();
        assert_eq!(key.secret(), "ak_secret");
        assert_eq!(format!("{key:?}"), "Key from there");
    }

    #[test]
    fn a_key_is_one_line_of_ascii() {
        for bad in ["", " \n", "a b", "a\nb", "schlüssel", &"a".repeat(4097)] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_shown_to_its_own_server_alone() {
        let [its, other] = ["http://a/", "http://b/"].map(|url| parse_server(url).unwrap());
        let nobodys = key("ak_1").unwrap();
        assert!(nobodys.secret_for(&its).is_err());
        let text = nobodys.given_for(&its).given_for(&other).to_text();
        assert_eq!(text.as_str(), "ak_1\nhttp://a/\n");
        let read = Key::from_text(&text, "there".to_owned()).unwrap();
        assert_eq!(read.secret_for(&its).unwrap(), "ak_1");
        assert!(read.secret_for(&other).is_err());
        for bad in ["ak_1\nnowhere", "ak_1\nhttp://a/\nmore", "\nhttp://a/"] {
            assert!(Key::from_text(bad, "there".to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        assert_eq!(line(&b"ak_1\nmore"[..]).unwrap().as_str(), "ak_1");
        assert_eq!(line(&b"ak_1"[..]).unwrap().as_str(), "ak_1");
        assert!(line(&b"\xff\n"[..]).is_err());
    }
}
