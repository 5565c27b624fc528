//! A secret that proves who is asking.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use moss_api::Exit;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hints;
use crate::system::files::cannot;

const MAX_BYTES: usize = 4096;

/// An agent's key or an admin's session. Never shown: it has no `Display`, `Debug` hides it, and
/// it is wiped from memory when it is dropped.
pub struct Key {
    secret: Zeroizing<String>,
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
            let message = format!("{source} holds no key");
            return Err(Error::new(Exit::NotAllowed, "no_key", message).hint(hints::KEY_FORMAT));
        }
        Ok(Self { secret: Zeroizing::new(secret.to_owned()), source })
    }

    /// The secret, for the one header or the one store it goes into.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The key in a file only its owner can read.
    ///
    /// # Errors
    /// When the file is missing, a symbolic link, readable by others, or holds no key.
    pub fn from_file(path: &Path) -> Result<Self> {
        let shown = path.display();
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
            .hint(format!("put the key itself there, then chmod 600 {shown}")));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = meta.permissions().mode();
            if mode & 0o077 != 0 {
                let message =
                    format!("others can read the key {shown} (mode {:03o})", mode & 0o777);
                return Err(Error::new(Exit::NotAllowed, "unsafe_key", message)
                    .hint(format!("chmod 600 {shown}")));
            }
        }
        let file = File::open(path).map_err(|e| cannot("read", path, &e))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let same = |it: std::fs::Metadata| (it.dev(), it.ino()) == (meta.dev(), meta.ino());
            if !file.metadata().is_ok_and(same) {
                return Err(Error::local(format!("the key {shown} was changed while it was read")));
            }
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_BYTES)); // never moved by growing
        file.take(MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| cannot("read", path, &e))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Self::new(Zeroizing::new(text.to_owned()), shown.to_string())
    }
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
    fn a_line_ends_where_it_ends() {
        assert_eq!(line(&b"ak_1\nmore"[..]).unwrap().as_str(), "ak_1");
        assert_eq!(line(&b"ak_1"[..]).unwrap().as_str(), "ak_1");
        assert!(line(&b"\xff\n"[..]).is_err());
    }
}
