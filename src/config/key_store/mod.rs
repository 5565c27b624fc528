//! Where an agent's key is kept between commands.

mod keyring;
#[cfg(not(any(windows, target_os = "macos")))]
mod locked;

use std::path::Path;
use std::time::Duration;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::config::key::Key;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;

/// Longest wait for the keyring to answer a question.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a profile's key is: in a file, or in the keyring under the name of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStore {
    /// A file beside the profile that only its owner can read.
    #[default]
    File,
    /// The system's keyring.
    Keyring,
}

impl KeyStore {
    /// The key in this file, which says its server itself, or of this account, whose name says
    /// that it is for `server`.
    ///
    /// # Errors
    /// When it is not there, or the store does not give it.
    pub fn key(self, file: &Path, account: &str, server: &Url) -> Result<Key> {
        match self {
            Self::File => Key::from_file(file),
            Self::Keyring => {
                let key = Key::new(keyring::get(account)?, "the system's keyring")?;
                Ok(key.given_for(server))
            }
        }
    }

    /// Keeps a key, in place of the one before.
    ///
    /// # Errors
    /// When the store does not take it; the one before stays.
    pub fn keep(self, file: &Path, account: &str, key: &Key) -> Result<()> {
        match self {
            Self::File => files::replace(file, &key.to_text()),
            Self::Keyring => keyring::set(account, key.secret()),
        }
    }

    /// Forgets the key; one that is not there is fine.
    ///
    /// # Errors
    /// When the store keeps it.
    pub fn forget(self, file: &Path, account: &str) -> Result<()> {
        match self {
            Self::File => files::remove(file),
            Self::Keyring => keyring::remove(account),
        }
    }

    /// Where a key is, for people.
    pub fn place(self, file: &Path) -> String {
        match self {
            Self::File => files::shown(file),
            Self::Keyring => "the system's keyring".to_owned(),
        }
    }
}

/// Makes sure the keyring would keep a key.
///
/// # Errors
/// When it does not do its part.
pub fn try_keyring() -> Result<()> {
    let account = format!("try-out-{}", std::process::id());
    keyring::set(&account, "nothing secret")?;
    keyring::remove(&account)
}

/// A keyring that does not do its part.
fn keyring_failed(why: &str) -> Error {
    let message = format!("the system's keyring {why}");
    Error::new(moss_api::Exit::NotAllowed, "no_keyring", message).hint(hints::UNLOCK_KEYRING)
}

/// A keyring that has not answered in time.
fn too_late() -> Error {
    keyring_failed(&format!("did not answer within {} s", PATIENCE.as_secs()))
}

/// A machine or a session without a keyring.
fn no_keyring(why: &str) -> Error {
    keyring_failed(&format!("is not there ({why})")).hint(hints::NO_KEYRING)
}

/// A keyring that does its part, and does not know the agent.
fn not_in_keyring() -> Error {
    keyring_failed("has no key for this agent").hint(hints::NO_KEY_IN_KEYRING)
}
