//! The `.moss/` folder: who this agent is, its key, and how far it has read.
//!
//! Every write goes to a temporary file first and is renamed over the old one, so a reader or a
//! crash never sees half a file.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use moss_api::Exit;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kind::Kind;

const NAME: &str = ".moss";
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// A `.moss/` folder that exists or is about to.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Who an agent is and where its server is: `.moss/profile.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Base URL.
    pub server: String,
    /// The agent's UUID.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// Its role's word.
    pub role: String,
    /// Which server it was when last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

impl Folder {
    /// The nearest one with a profile, from `from` upwards.
    pub fn find(from: &Path) -> Option<Self> {
        from.ancestors()
            .map(|dir| Self(dir.join(NAME)))
            .find(|folder| folder.profile_path().symlink_metadata().is_ok())
    }

    /// The one `register` makes in `dir`.
    pub fn in_dir(dir: &Path) -> Self {
        Self(dir.join(NAME))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn profile_path(&self) -> PathBuf {
        self.0.join("profile.json")
    }

    /// Where the key is.
    pub fn key_path(&self) -> PathBuf {
        self.0.join("key")
    }

    fn cursor_path(&self) -> PathBuf {
        self.0.join("cursor")
    }

    /// Whether somebody is registered here.
    pub fn is_taken(&self) -> bool {
        self.profile_path().symlink_metadata().is_ok() || self.key_path().symlink_metadata().is_ok()
    }

    /// Who is registered here.
    ///
    /// # Errors
    /// When the profile cannot be read or is not one.
    pub fn profile(&self) -> Result<Profile> {
        self.check_owner()?;
        let path = self.profile_path();
        let text = read_small(&path)?;
        serde_json::from_str(&text).map_err(|e| {
            Error::local(format!("{} is not a profile: {e}", path.display()))
                .hint("moss register --force … writes it anew")
        })
    }

    /// Somebody else's profile above a shared folder must not decide where the key from our
    /// environment is sent.
    #[cfg(target_os = "linux")]
    fn check_owner(&self) -> Result<()> {
        use std::os::unix::fs::MetadataExt;
        let owner = |path: &Path| fs::metadata(path).map(|meta| meta.uid());
        match (owner(Path::new("/proc/self")), owner(&self.0)) {
            (Ok(me), Ok(owner)) if !may_use(me, owner) => {
                let message = format!("{} belongs to another user", self.0.display());
                Err(Error::new(Exit::NotAllowed, "foreign_profile", message)
                    .hint("register in a folder of your own"))
            }
            _ => Ok(()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn check_owner(&self) -> Result<()> {
        Ok(())
    }

    /// Makes the folder and writes who is registered here, and its key.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be written.
    pub fn save(&self, profile: &Profile, key: &str) -> Result<()> {
        self.prepare()?;
        write_atomically(&self.key_path(), key)?;
        let _ = fs::remove_file(self.cursor_path()); // it belonged to whoever was here before
        self.save_profile(profile)
    }

    /// Makes the folder, with a `.gitignore` that keeps all of it out of any repository.
    ///
    /// # Errors
    /// When it cannot be written: better known before a key has been issued than after.
    pub fn prepare(&self) -> Result<()> {
        fs::create_dir_all(&self.0).map_err(|e| cannot("make", &self.0, &e))?;
        write_atomically(&self.0.join(".gitignore"), "*\n")
    }

    /// Writes the profile alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_profile(&self, profile: &Profile) -> Result<()> {
        let mut json = serde_json::to_string_pretty(profile)
            .map_err(|e| Error::local(format!("cannot write the profile: {e}")))?;
        json.push('\n');
        write_atomically(&self.profile_path(), &json)
    }

    /// The cursor of the last wake-up; none when there was none or it cannot be read.
    pub fn cursor(&self) -> Option<String> {
        let cursor = read_small(&self.cursor_path()).ok()?.trim().to_owned();
        (!cursor.is_empty()).then_some(cursor)
    }

    /// Remembers the cursor. Failing to is no error, nor is losing it with the power: the next
    /// packet repeats a little. So it waits for no disk, which every wake-up would pay for.
    pub fn save_cursor(&self, cursor: &str) {
        let _ = replace(&self.cursor_path(), cursor, |_| Ok(()));
    }
}

/// Root may: containers run as root in a user's mounted workspace.
#[cfg(target_os = "linux")]
const fn may_use(me: u32, owner: u32) -> bool {
    me == 0 || me == owner
}

/// The key in a file only its owner can read.
///
/// # Errors
/// When the file is missing, a symbolic link, readable by others, or holds no key.
pub fn read_key(path: &Path) -> Result<String> {
    let shown = path.display();
    let meta = fs::symlink_metadata(path).map_err(|e| {
        Error::new(Exit::NotAllowed, "no_key", format!("cannot read the key in {shown}: {e}"))
            .hint("set MOSS_API_KEY, or get a key with moss register")
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
            let message = format!("others can read the key {shown} (mode {:03o})", mode & 0o777);
            return Err(Error::new(Exit::NotAllowed, "unsafe_key", message)
                .hint(format!("chmod 600 {shown}")));
        }
    }
    read_small(path)
}

fn read_small(path: &Path) -> Result<String> {
    let file = fs::File::open(path).map_err(|e| cannot("read", path, &e))?;
    let mut text = String::new();
    let read = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
    match read {
        Ok(bytes) if bytes as u64 > MAX_FILE_BYTES => {
            Err(Error::local(format!("{} is too large", path.display())))
        }
        Ok(_) => Ok(text),
        Err(e) => Err(cannot("read", path, &e)),
    }
}

/// Replaces a file, for good once it returns.
fn write_atomically(path: &Path, content: &str) -> Result<()> {
    replace(path, content, fs::File::sync_all)
}

fn replace(
    path: &Path,
    content: &str,
    settle: impl FnOnce(&fs::File) -> std::io::Result<()>,
) -> Result<()> {
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = match options.open(&temporary) {
            // Left behind by a process that had our number and was killed.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&temporary)?;
                options.open(&temporary)?
            }
            other => other?,
        };
        file.write_all(content.as_bytes())?;
        settle(&file)?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        cannot("write", path, &e)
    })
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::local(format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::may_use;

    #[test]
    fn a_planted_profile_is_not_used() {
        assert!(may_use(1000, 1000) && may_use(0, 1000));
        assert!(!may_use(1000, 1001) && !may_use(1000, 0));
    }
}
