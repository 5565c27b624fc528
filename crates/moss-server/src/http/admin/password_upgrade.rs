//! A login with the original's bcrypt hash leaves an argon2id hash behind.

use crate::app::App;
use crate::config::ConfigError;
use crate::http::admin::hashed;
use crate::security::hashing::Turn;
use crate::security::password::Stored;

/// Keeps the password's argon2id hash in the place of the bcrypt hash it has just fitted. A failure
/// costs nobody the login: the old hash still works.
///
/// The turn to hash is given back, unless hashing broke off.
pub(super) async fn after_login(
    app: &App,
    turn: Turn,
    password: String,
    fitted: String,
) -> Option<Turn> {
    if !matches!(Stored::read(&fitted), Ok(Stored::Bcrypt(_))) {
        return Some(turn);
    }
    let (turn, hash) = hashed(turn, password).await.ok()?;
    let changed = app.change_config::<ConfigError>(|config| {
        // Unless it was changed in the meantime, or is the environment's and not the file's.
        if config.admin.password == fitted {
            config.admin.password.clone_from(&hash);
        }
        Ok(())
    });
    match changed {
        Ok(()) => tracing::info!("the admin password is kept as an argon2id hash from now on"),
        Err(error) => tracing::warn!(%error, "the admin password stays a bcrypt hash"),
    }
    Some(turn)
}
