//! Where an agent's key is kept between commands.

#[cfg(not(any(windows, target_os = "macos")))]
mod dbus;
#[cfg(any(windows, target_os = "macos"))]
mod keyring;
#[cfg(not(any(windows, target_os = "macos")))]
mod secret_service;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::key::Key;
use crate::config::profile::{Profile, ProfileDir};
use crate::error::{Error, Result};
use crate::system::files;
#[cfg(not(any(windows, target_os = "macos")))]
use secret_service as keyring;

/// What the keyring files our keys under.
const SERVICE: &str = "moss";
/// Longest wait for the keyring to answer a question.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a profile's key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStore {
    /// A file beside the profile that only its owner can read.
    #[default]
    File,
    /// The system's keyring.
    Keyring,
}

/// Where to put a key, as a person chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// The keyring where one answers to timers too, else a file
    #[default]
    Auto,
    /// A file only you can read
    File,
    /// The system's keyring
    Keyring,
}

impl KeyStore {
    /// The key of a profile.
    ///
    /// # Errors
    /// When it is not there, or the store does not give it.
    pub fn key(self, folder: &ProfileDir, profile: &Profile) -> Result<Key> {
        match self {
            Self::File => Key::from_file(&folder.key_path()),
            Self::Keyring => Key::new(keyring::get(&account(profile))?, "the system's keyring"),
        }
    }

    /// Keeps a key, in place of the one before.
    ///
    /// # Errors
    /// When the store does not take it; the one before stays.
    pub fn keep(self, folder: &ProfileDir, profile: &Profile, key: &Key) -> Result<()> {
        match self {
            Self::File => files::replace(&folder.key_path(), key.secret()),
            Self::Keyring => keyring::set(&account(profile), key.secret()),
        }
    }

    /// Forgets the key; one that is not there is fine.
    ///
    /// # Errors
    /// When the store keeps it.
    pub fn forget(self, folder: &ProfileDir, profile: &Profile) -> Result<()> {
        match self {
            Self::File => files::remove(&folder.key_path()),
            Self::Keyring => keyring::remove(&account(profile)),
        }
    }
}

impl KeyStore {
    /// Where a key is, for people.
    pub fn place(self, folder: &ProfileDir) -> String {
        match self {
            Self::File => folder.key_path().display().to_string(),
            Self::Keyring => "the system's keyring".to_owned(),
        }
    }
}

/// Makes sure a key could be kept where `choice` wants it, before there is one to lose.
///
/// # Errors
/// When the keyring is wanted and does not do its part.
pub fn try_out(choice: Choice) -> Result<()> {
    if choice != Choice::Keyring {
        return Ok(());
    }
    let account = format!("try-out-{}", std::process::id());
    keyring::set(&account, "nothing secret")?;
    keyring::remove(&account)
}

/// The same agent's name may be known to several servers.
fn account(profile: &Profile) -> String {
    format!("{}@{}", profile.agent_id, profile.server)
}

/// Saves a new profile with its key where `choice` wants it. Returns a sentence when that is not
/// what one would expect.
///
/// # Errors
/// When the key cannot be kept, or the profile cannot be written.
pub fn save(
    folder: &ProfileDir,
    profile: &mut Profile,
    key: &Key,
    choice: Choice,
) -> Result<Option<String>> {
    let before = folder.profile().ok();
    let note = match choice {
        Choice::File => save_in(KeyStore::File, folder, profile, key).map(|()| None)?,
        Choice::Keyring => save_in(KeyStore::Keyring, folder, profile, key).map(|()| None)?,
        Choice::Auto => match save_in(KeyStore::Keyring, folder, profile, key) {
            Ok(()) if answers_without_a_session(folder) => None,
            Ok(()) => {
                save_in(KeyStore::File, folder, profile, key)?;
                KeyStore::Keyring.forget(folder, profile)?;
                Some("the keyring answers in this session only, not to timers".to_owned())
            }
            Err(_) => {
                save_in(KeyStore::File, folder, profile, key)?;
                None
            }
        },
    };
    if let Some(before) = before
        && (before.key_store != profile.key_store || account(&before) != account(profile))
        && (before.key_store, profile.key_store) != (KeyStore::File, KeyStore::File)
    {
        // The new key works whatever becomes of the old one.
        if let Err(error) = before.key_store.forget(folder, &before) {
            crate::render::out::note(&format!(
                "warning: the key before stays where it was: {error}"
            ));
        }
    }
    Ok(note)
}

fn save_in(store: KeyStore, folder: &ProfileDir, profile: &mut Profile, key: &Key) -> Result<()> {
    profile.key_store = store;
    folder.save(profile, key)
}

/// Longest wait for [`answers_without_a_session`].
const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// Whether this very program gets at the key when a timer starts it: with no environment at all.
fn answers_without_a_session(folder: &ProfileDir) -> bool {
    let Ok(moss) = std::env::current_exe() else { return false };
    let child = Command::new(moss)
        .args(["key", "check", "--profile"])
        .arg(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    let end = Instant::now() + PROBE_PATIENCE;
    while Instant::now() < end {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Ok(Some(status)) => return status.success(),
            Err(_) => return false,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// A keyring that does not do its part.
fn keyring_failed(why: &str) -> Error {
    let message = format!("the system's keyring {why}");
    Error::new(moss_api::Exit::NotAllowed, "no_keyring", message)
        .hint("unlock it, or keep the key in a file: moss login --store file")
}

/// A keyring that has not answered in time.
fn too_late() -> Error {
    keyring_failed(&format!("did not answer within {} s", PATIENCE.as_secs()))
}

/// A machine or a session without a keyring.
fn no_keyring(why: &str) -> Error {
    keyring_failed(&format!("is not there ({why})"))
        .hint("keep the key in a file: moss login --store file")
}

/// A keyring that does its part, and does not know the agent.
fn not_in_keyring() -> Error {
    keyring_failed("has no key for this agent")
        .hint("moss login puts one there; without one, moss register")
}
