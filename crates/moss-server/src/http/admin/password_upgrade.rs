//! A login with the original's bcrypt hash leaves an argon2id hash behind.

use crate::app::App;
use crate::config::ConfigError;
use crate::domain::access::admin_sessions::Session;
use crate::http::admin::hashed;
use crate::security::hashing::Turn;
use crate::security::password::Stored;

/// Keeps the password's argon2id hash in the place of the bcrypt hash it has just fitted. A failure
/// costs nobody the login: the old hash still works. One that is the environment's stays in force: the
/// next start finds it again, with the sessions that began under it.
///
/// The turn to hash is given back, unless hashing broke off.
pub(super) async fn after_login(
    app: &App,
    turn: Turn,
    password: String,
    fitted: String,
) -> Option<Turn> {
    let is_bcrypt = matches!(Stored::read(&fitted), Ok(Stored::Bcrypt(_)));
    if !is_bcrypt || app.config_file().is_none_or(|file| file.admin.password != fitted) {
        return Some(turn);
    }
    let (turn, hash) = hashed(turn, password).await.ok()?;
    let changed = app.change_config::<ConfigError>(|config| {
        // Unless it was changed in the meantime.
        if config.admin.password == fitted {
            config.admin.password.clone_from(&hash);
        }
        Ok(())
    });
    if let Err(error) = changed {
        tracing::warn!(%error, "the admin password stays a bcrypt hash");
        return Some(turn);
    }
    tracing::info!("the admin password is kept as an argon2id hash from now on");
    if let Err(error) = app.writer.write(Session::Rehashed(hash), None).await {
        tracing::warn!(%error, "the next start will end every admin session");
    }
    Some(turn)
}
