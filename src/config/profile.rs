//! A profile's folder: who this agent is, its key unless a keyring has it, and how far it has read.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::key::{Key, not_for};
use crate::config::key_store::KeyStore;
use crate::config::server_kind::ServerKind;
use crate::config::tls_files::TlsFiles;
use crate::config::{parse_server, trust};
use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;
use crate::system::shell::quoted;

const NAME: &str = ".moss";

/// A folder that holds a profile or is about to: a workspace's `.moss/`, or one of the user's.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileDir(PathBuf);

/// Who an agent is and where its server is: `profile.json`.
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
    pub kind: Option<ServerKind>,
    /// Where its key is.
    #[serde(default)]
    pub key_store: KeyStore,
    /// Whether `wake --gate` brings moss up to date by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto_update: bool,
    /// Where releases come from, when it is not the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<String>,
}

impl Profile {
    /// What a keyring files its key under: several servers may know the same agent.
    pub fn account(&self) -> String {
        format!("{}@{}", self.agent_id, self.server)
    }
}

impl ProfileDir {
    /// The nearest `.moss/` with a profile, from `from` upwards.
    pub fn find(from: &Path) -> Option<Self> {
        from.ancestors().map(Self::in_dir).find(Self::has_profile)
    }

    /// The nearest `.moss/`, from `from` upwards, where nobody is registered: after a logout, say.
    pub fn left(from: &Path) -> Option<Self> {
        from.ancestors().map(Self::in_dir).find(|folder| folder.0.is_dir())
    }

    /// The `.moss/` of a workspace.
    pub fn in_dir(dir: &Path) -> Self {
        Self(dir.join(NAME))
    }

    /// The folder at this path, when it is a profile's or is called like one, or the `.moss/` in it.
    pub fn at(path: &Path) -> Self {
        let itself = Self(path.to_owned());
        let is_called_so = path.file_name().is_some_and(|name| name == NAME);
        if is_called_so || itself.has_profile() { itself } else { Self::in_dir(path) }
    }

    /// The folder at exactly this path.
    pub fn exactly(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The workspace it is in; none when it is one of the user's own.
    pub fn workspace(&self) -> Option<&Path> {
        if self.0.file_name()? == NAME { self.0.parent() } else { None }
    }

    fn profile_path(&self) -> PathBuf {
        self.0.join("profile.json")
    }

    /// Where the key is, when it is in a file.
    pub fn key_path(&self) -> PathBuf {
        self.0.join("key")
    }

    /// Where the mark of the last login is, in a folder of the admin's.
    pub fn device_mark_path(&self) -> PathBuf {
        self.0.join("device")
    }

    /// Which servers its owner knows to be asked in clear.
    pub fn plain_http_path(&self) -> PathBuf {
        self.0.join("plain-http")
    }

    /// What is known of newer versions.
    pub fn notice_path(&self) -> PathBuf {
        self.0.join("update")
    }

    fn tls_path(&self) -> PathBuf {
        self.0.join("tls.json")
    }

    fn cursor_path(&self) -> PathBuf {
        self.0.join("cursor")
    }

    fn clock_path(&self) -> PathBuf {
        self.0.join("clock")
    }

    /// Whether there is a profile, good or bad. A folder of this user's own that is closed to it has
    /// one: whoever reads it tells what is in the way.
    pub fn has_profile(&self) -> bool {
        match self.profile_path().symlink_metadata() {
            Ok(_) => true,
            Err(e) => e.kind() == ErrorKind::PermissionDenied && trust::is_own(&self.0),
        }
    }

    /// Whether somebody is registered here.
    pub fn is_taken(&self) -> bool {
        self.has_profile() || self.key_path().symlink_metadata().is_ok()
    }

    /// Who is registered here.
    ///
    /// # Errors
    /// When the profile cannot be read or is not one, or somebody else could have written it.
    pub fn profile(&self) -> Result<Profile> {
        trust::check_folder(&self.0)?;
        let path = self.profile_path();
        trust::check_file(&path)?;
        let text = files::read(&path).map_err(|e| match e.advice() {
            Some(_) => e,
            None => e.hint(self.how_to_rewrite()),
        })?;
        let odd = |why: String| {
            Error::local(format!("{} is not a profile: {why}", files::shown(&path)))
                .hint(self.how_to_rewrite())
        };
        let profile: Profile = serde_json::from_str(&text).map_err(|e| odd(e.to_string()))?;
        parse_server(&profile.server).map_err(|e| odd(e.to_string()))?;
        Ok(profile)
    }

    fn how_to_rewrite(&self) -> String {
        let key = Key::from_file(&self.key_path()).ok();
        let server = key.as_ref().and_then(Key::server).map(|its| its.as_str());
        let (folder, key) = (self.0.to_string_lossy(), self.key_path());
        hints::rewrite_profile(&folder, server, &key.to_string_lossy())
    }

    /// Makes the folder, with a `.gitignore` that keeps all of it out of any repository, and
    /// keeps other processes from changing it until the value is dropped.
    ///
    /// # Errors
    /// When it cannot be written: better known before a key has been issued than after. When
    /// another process is changing it, or others could.
    pub fn prepare(&self) -> Result<File> {
        files::make_private_folder(&self.0)?;
        trust::check_folder(&self.0)?;
        files::replace(&self.0.join(".gitignore"), "*\n")?;
        self.lock()
    }

    /// Keeps other processes from changing what is here until the value is dropped.
    ///
    /// # Errors
    /// When the folder cannot be written, or another process is changing it.
    pub fn lock(&self) -> Result<File> {
        files::lock(&self.lock_path())
    }

    fn lock_path(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Writes who is registered here, and its key to where the profile says.
    ///
    /// # Errors
    /// When the key or the profile cannot be kept.
    pub fn save(&self, profile: &Profile, key: &Key) -> Result<()> {
        self.keep_key(profile, key)?;
        let _ = self.forget_wake(); // it belonged to whoever was here before
        self.save_profile(profile)
    }

    /// The key of the profile, which was given for the server the profile names.
    ///
    /// # Errors
    /// When it is not there, its store does not give it, or it is for another server: git, say,
    /// overwrites an ignored file without asking.
    pub fn key(&self, profile: &Profile) -> Result<Key> {
        let server = parse_server(&profile.server)?;
        let path = self.key_path();
        let key = profile.key_store.key(&path, &profile.account(), &server)?;
        let (at, path) = (files::shown(&self.0), quoted(&path.display().to_string()));
        match key.server() {
            Some(its) if *its == server => Ok(key),
            Some(its) => {
                let message =
                    format!("{at} says the server is {server}, but the key in it is for {its}");
                Err(not_for(message, hints::changed_profile(&quoted(its.as_str()), &path)))
            }
            None => {
                let message = format!("the key in {at} does not say which server it is for");
                Err(not_for(message, hints::unlabelled_key(&path)))
            }
        }
    }

    /// Keeps a key where the profile says, in place of the one before.
    ///
    /// # Errors
    /// When the store does not take it; the one before stays.
    pub fn keep_key(&self, profile: &Profile, key: &Key) -> Result<()> {
        profile.key_store.keep(&self.key_path(), &profile.account(), key)
    }

    /// Forgets the profile's key; one that is not there is fine.
    ///
    /// # Errors
    /// When the store keeps it.
    pub fn forget_key(&self, profile: &Profile) -> Result<()> {
        profile.key_store.forget(&self.key_path(), &profile.account())
    }

    /// Writes the profile alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_profile(&self, profile: &Profile) -> Result<()> {
        let mut json = serde_json::to_string_pretty(profile)
            .map_err(|e| Error::local(format!("cannot write the profile: {e}")))?;
        json.push('\n');
        files::replace(&self.profile_path(), &json)
    }

    /// What is needed to reach the server by https; nothing for most.
    ///
    /// # Errors
    /// When it cannot be read, or somebody else could have written it.
    pub fn tls_files(&self) -> Result<TlsFiles> {
        let path = self.tls_path();
        if path.symlink_metadata().is_err() {
            return Ok(TlsFiles::default());
        }
        trust::check_file(&path)?;
        serde_json::from_str(&files::read(&path)?)
            .map_err(|e| Error::local(format!("{} cannot be used: {e}", files::shown(&path))))
    }

    /// Remembers what is needed to reach the server by https.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_tls_files(&self, tls: &TlsFiles) -> Result<()> {
        if tls.is_empty() {
            return files::remove(&self.tls_path());
        }
        let json = serde_json::to_string_pretty(tls)
            .map_err(|e| Error::local(format!("cannot write the profile: {e}")))?;
        files::replace(&self.tls_path(), &(json + "\n"))
    }

    /// Writes down which server it is, unless the profile is another by now or being changed.
    /// Failing to only costs the next process a question.
    pub fn learn_kind(&self, of: &Profile, kind: ServerKind) {
        let Some(_lock) = files::try_lock(&self.lock_path()) else { return };
        match self.profile() {
            Ok(profile) if profile == *of => {
                let _ = self.save_profile(&Profile { kind: Some(kind), ..profile });
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Whether what a wake-up remembers can be written. Changes nothing that is there.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check_writable(&self) -> Result<()> {
        let probe = self.0.join("probe");
        files::replace(&probe, "")?;
        files::remove(&probe)
    }

    /// Removes the key, then the profile. What else the folder holds stays.
    ///
    /// # Errors
    /// When a store or a file refuses; what is left is still whole.
    pub fn forget(&self, profile: &Profile) -> Result<()> {
        self.forget_key(profile)?;
        self.forget_wake()?;
        files::remove(&self.profile_path())
    }

    fn forget_wake(&self) -> Result<()> {
        for path in [self.cursor_path(), self.best_path(), self.clock_path()] {
            files::remove(&path)?;
        }
        Ok(())
    }

    /// The cursor of the last wake-up; none when there was none or it cannot be read.
    pub fn cursor(&self) -> Option<String> {
        let cursor = files::read(&self.cursor_path()).ok()?.trim().to_owned();
        (!cursor.is_empty()).then_some(cursor)
    }

    /// Remembers the cursor. Failing to is no error, nor is losing it with the power: the next
    /// packet repeats a little. So it waits for no disk, which every wake-up would pay for.
    pub fn save_cursor(&self, cursor: &str) {
        files::replace_lightly(&self.cursor_path(), cursor);
    }

    fn best_path(&self) -> PathBuf {
        self.0.join("best")
    }

    /// The sub-task the last packet called the best to claim; none when it named none.
    pub fn best(&self) -> Option<String> {
        files::read(&self.best_path()).ok().filter(|id| !id.is_empty())
    }

    /// Remembers it, or that there is none. Failing to is no error: only a remark depends on it.
    pub fn save_best(&self, id: Option<&str>) {
        if self.best().as_deref() != id {
            files::replace_lightly(&self.best_path(), id.unwrap_or_default());
        }
    }

    /// What is remembered of the server's clock; none when there is nothing or it cannot be read.
    pub fn server_clock(&self) -> Option<String> {
        files::read(&self.clock_path()).ok()
    }

    /// Remembers it, as lightly as the cursor: the next write tells it again.
    pub fn save_server_clock(&self, clock: &str) {
        files::replace_lightly(&self.clock_path(), clock);
    }
}
