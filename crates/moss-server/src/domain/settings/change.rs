//! What an admin changes.

use serde_json::Value;

use crate::config::{ADMIN_PASSWORD, Settings};
use crate::domain::{Command, Error};
use crate::store::settings::{self, Source};
use crate::store::{Tx, sessions};

/// Sets these, and no others.
pub struct Change(pub Settings);

impl Command for Change {
    /// That it is done.
    type Output = bool;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        for (key, value) in &self.0 {
            settings::put(tx, key, value, Source::Api).await?;
        }
        Ok(true)
    }
}

/// Set the server up: the password, and everything else that was asked for. Of several at once one
/// does it; there must be no password.
pub struct SetUp {
    /// The password's hash.
    pub password: String,
    /// The rest.
    pub settings: Settings,
}

impl Command for SetUp {
    /// Whether it did.
    type Output = bool;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        if !exchange_password(tx, "", &self.password).await? {
            return Ok(false);
        }
        // Those that an earlier password began.
        sessions::end(tx, None).await?;
        Change(self.settings.clone()).run(tx).await
    }
}

/// Put another password in the place of the one that was given, and end every session.
pub struct ChangePassword {
    /// The hash of the one that was given.
    pub old: String,
    /// The hash of the one that is to be.
    pub new: String,
}

impl Command for ChangePassword {
    /// Whether it did: another may have been set a moment ago.
    type Output = bool;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        if !exchange_password(tx, &self.old, &self.new).await? {
            return Ok(false);
        }
        sessions::end(tx, None).await?;
        Ok(true)
    }
}

/// Keep another hash of the same password. Every session stays.
pub struct RehashPassword {
    /// The hash it fits.
    pub old: String,
    /// The one that takes its place.
    pub new: String,
}

impl Command for RehashPassword {
    /// Whether it did: the password may have been changed.
    type Output = bool;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        exchange_password(tx, &self.old, &self.new).await
    }
}

/// Whether this is the hash in force, and stays it until the transaction ends.
pub(in crate::domain) async fn password_stays(tx: &Tx, hash: &str) -> Result<bool, Error> {
    // Where none was ever set there is no row to hold.
    Ok(settings::hold(tx, ADMIN_PASSWORD, &hash.into()).await?
        || (hash.is_empty() && exchange_password(tx, "", "").await?))
}

/// Whether `old` was the hash in force; an empty one is none.
async fn exchange_password(tx: &Tx, old: &str, new: &str) -> Result<bool, Error> {
    let (old, new) = (Value::from(old), Value::from(new));
    if old == "" && settings::exchange(tx, ADMIN_PASSWORD, None, &new, Source::Api).await? {
        return Ok(true);
    }
    Ok(settings::exchange(tx, ADMIN_PASSWORD, Some(&old), &new, Source::Api).await?)
}
