//! The system's keyring: Keychain, Credential Manager, or whoever offers the Secret Service on the
//! session bus, such as GNOME Keyring, KWallet or KeePassXC.
//!
//! Each question has a time limit as a whole: a locked keychain waits for somebody to type a
//! password, a bus may take the connection and never answer.
//!
//! An item carries the attributes that other tools go by, so
//! `secret-tool lookup service moss username ACCOUNT` finds it too.

use std::sync::mpsc;
use std::thread;

use keyring_core::{Entry, Error as Trouble};
use zeroize::Zeroizing;

use super::{PATIENCE, keyring_failed, no_keyring, not_in_keyring, too_late};
use crate::error::{Error, Result};

/// What our keys are filed under.
const SERVICE: &str = "moss";
/// Whether the keyring is the Secret Service, whose items have a label and attributes.
const HAS_SECRET_SERVICE: bool = !cfg!(any(windows, target_os = "macos"));
/// What other tools of the Secret Service take an item for.
const SCHEMA: (&str, &str) = ("xdg:schema", "org.freedesktop.Secret.Generic");

/// The secret of an account.
///
/// # Errors
/// When there is none, or the keyring does not give it in time.
pub fn get(account: &str) -> Result<Zeroizing<String>> {
    ask(account, false, |entry| entry.get_password().map(Zeroizing::new))
}

/// Keeps the secret of an account in place of the one before.
///
/// # Errors
/// When the keyring does not take it in time.
pub fn set(account: &str, secret: &str) -> Result<()> {
    let secret = Zeroizing::new(secret.to_owned());
    ask(account, true, move |entry| {
        entry.set_password(&secret)?;
        if HAS_SECRET_SERVICE { entry.update_attributes(&[SCHEMA].into()) } else { Ok(()) }
    })
}

/// Forgets the secret of an account; none is fine.
///
/// # Errors
/// When the keyring does not do it in time.
pub fn remove(account: &str) -> Result<()> {
    ask(account, false, |entry| match entry.delete_credential() {
        Err(Trouble::NoEntry) => Ok(()),
        other => other,
    })
}

/// Asks in a thread, which ends with the process when it gets no answer.
fn ask<T: Send + 'static>(
    account: &str,
    is_to_be_made: bool,
    question: impl Fn(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T> {
    let account = account.to_owned();
    let (tell, answer) = mpsc::channel();
    thread::spawn(move || {
        let outcome = check(&account, is_to_be_made).and_then(|()| {
            entry(&account).and_then(|entry| of_all(&entry, question)).map_err(|e| meaning(&e))
        });
        tell.send(outcome)
    });
    match answer.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(too_late()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(keyring_failed("broke off")),
    }
}

/// What an error of the keyring means.
fn meaning(trouble: &Trouble) -> Error {
    if matches!(trouble, Trouble::NoEntry) {
        return not_in_keyring();
    }
    if matches!(trouble, Trouble::NoDefaultStore) {
        return no_keyring("the system offers none");
    }
    if matches!(trouble, Trouble::BadEncoding(_)) {
        return keyring_failed("has something else than a key for this agent");
    }
    keyring_failed(&format!("says: {trouble}"))
}

/// The item of an account, there or not.
fn entry(account: &str) -> keyring_core::Result<Entry> {
    // This is what sets up the store that this system has.
    if keyring::Entry::store_status().is_err() {
        return Err(Trouble::NoDefaultStore);
    }
    let label = format!("{SERVICE}: {account}");
    let modifiers = if HAS_SECRET_SERVICE { vec![("label", &*label)] } else { vec![] };
    Entry::new_with_modifiers(SERVICE, account, &modifiers.into_iter().collect())
}

/// Asks all the items of an account: several only if another tool made them, and then they say the
/// same from now on.
fn of_all<T>(
    entry: &Entry,
    question: impl Fn(&Entry) -> keyring_core::Result<T>,
) -> keyring_core::Result<T> {
    match question(entry) {
        Err(Trouble::Ambiguous(entries)) => {
            let answers = entries.iter().map(question);
            answers.reduce(|before, next| before.and(next)).unwrap_or(Err(Trouble::NoEntry))
        }
        answer => answer,
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
fn check(account: &str, is_to_be_made: bool) -> Result<()> {
    let attributes = [("service", SERVICE), ("username", account)].into();
    super::locked::check(&attributes, is_to_be_made)
}

/// There, only the time limit keeps a prompt from waiting for ever.
#[cfg(any(windows, target_os = "macos"))]
fn check(_account: &str, _is_to_be_made: bool) -> Result<()> {
    Ok(())
}
