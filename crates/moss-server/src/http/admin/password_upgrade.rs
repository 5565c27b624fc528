//! A login with the original's bcrypt hash leaves an argon2id hash behind.

use crate::app::App;
use crate::domain::settings::RehashPassword;
use crate::http::admin::hashed;
use crate::security::hashing::Turn;
use crate::security::password::Stored;

/// Keeps the password's argon2id hash in the place of the bcrypt hash it has just fitted. A failure
/// costs nobody the login: the old hash still works. What the file says stays as it is, and says
/// nothing new.
///
/// The turn to hash is given back, unless hashing broke off, and the hash that counts now.
pub(in crate::http) async fn after_login(
    app: &App,
    turn: Turn,
    password: String,
    fitted: String,
) -> (Option<Turn>, String) {
    if !matches!(Stored::read(&fitted), Ok(Stored::Bcrypt(_))) {
        return (Some(turn), fitted);
    }
    let Ok((turn, hash)) = hashed(turn, password).await else { return (None, fitted) };
    match app.change(RehashPassword { old: fitted.clone(), new: hash.clone() }).await {
        Ok(true) => {
            tracing::info!("the admin password is kept as an argon2id hash from now on");
            (Some(turn), hash)
        }
        // It was changed in the meantime.
        Ok(false) => (Some(turn), fitted),
        Err(error) => {
            tracing::warn!(%error, "the admin password stays a bcrypt hash");
            (Some(turn), fitted)
        }
    }
}
