//! Keeping a new key where a person wants it, and where it can be had again.

use std::process::Command;
use std::time::Duration;

use crate::config::key::Key;
use crate::config::key_store::{KeyStore, try_keyring};
use crate::config::profile::{Profile, ProfileDir};
use crate::error::Result;
use crate::render::out::note;
use crate::system::process;

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

/// Makes sure a key could be kept where `choice` wants it, before there is one to lose.
///
/// # Errors
/// When the keyring is wanted and does not do its part.
pub fn try_out(choice: Choice) -> Result<()> {
    if choice == Choice::Keyring { try_keyring() } else { Ok(()) }
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
    let remark = match choice {
        Choice::File => save_in(KeyStore::File, folder, profile, key).map(|()| None)?,
        Choice::Keyring => save_in(KeyStore::Keyring, folder, profile, key).map(|()| None)?,
        Choice::Auto => match save_in(KeyStore::Keyring, folder, profile, key) {
            Ok(()) if answers_without_a_session(folder) => None,
            Ok(()) => {
                save_in(KeyStore::File, folder, profile, key)?;
                KeyStore::Keyring.forget(&folder.key_path(), &profile.account())?;
                Some("the keyring answers in this session only, not to timers".to_owned())
            }
            Err(_) => {
                save_in(KeyStore::File, folder, profile, key)?;
                None
            }
        },
    };
    if let Some(before) = before
        && (before.key_store != profile.key_store || before.account() != profile.account())
        && (before.key_store, profile.key_store) != (KeyStore::File, KeyStore::File)
    {
        // The new key works whatever becomes of the old one.
        if let Err(error) = folder.forget_key(&before) {
            note(&format!("warning: the key before stays where it was: {error}"));
        }
    }
    Ok(remark)
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
    let mut command = Command::new(moss);
    command.args(["key", "check", "--profile"]).arg(folder.path()).env_clear();
    process::finish(&mut command, None, PROBE_PATIENCE).is_ok_and(|ended| ended.is_good())
}
