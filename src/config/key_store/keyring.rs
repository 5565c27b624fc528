//! The keyring of macOS and Windows: Keychain or Credential Manager. Each question has a time
//! limit, since a locked keychain waits for somebody to type a password.

use std::sync::mpsc;
use std::thread;

use keyring::v1::{Entry, Error as Trouble};
use zeroize::Zeroizing;

use super::{PATIENCE, SERVICE, keyring_failed, no_keyring, not_in_keyring, too_late};
use crate::error::Result;

/// The secret of an account.
///
/// # Errors
/// When there is none, or the keyring does not give it in time.
pub fn get(account: &str) -> Result<Zeroizing<String>> {
    ask(account, |entry| entry.get_password().map(Zeroizing::new))
}

/// Keeps the secret of an account in place of the one before.
///
/// # Errors
/// When the keyring does not take it in time.
pub fn set(account: &str, secret: &str) -> Result<()> {
    let secret = Zeroizing::new(secret.to_owned());
    ask(account, move |entry| entry.set_password(&secret))
}

/// Forgets the secret of an account; none is fine.
///
/// # Errors
/// When the keyring does not do it in time.
pub fn remove(account: &str) -> Result<()> {
    ask(account, |entry| match entry.delete_credential() {
        Err(Trouble::NoEntry) => Ok(()),
        other => other,
    })
}

fn ask<T: Send + 'static>(
    account: &str,
    question: impl FnOnce(&Entry) -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T> {
    let account = account.to_owned();
    let (tell, answer) = mpsc::channel();
    // A thread that gets no answer ends with the process.
    thread::spawn(move || tell.send(Entry::new(SERVICE, &account).and_then(|e| question(&e))));
    match answer.recv_timeout(PATIENCE) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Trouble::NoEntry)) => Err(not_in_keyring()),
        Ok(Err(Trouble::NoDefaultStore)) => Err(no_keyring("the system offers none")),
        Ok(Err(e)) => Err(keyring_failed(&format!("says: {e}"))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(too_late()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(keyring_failed("broke off")),
    }
}
