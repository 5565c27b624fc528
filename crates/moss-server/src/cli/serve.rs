//! Starting and stopping the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::{App, beside};
use crate::background::{refresh_releases, run_background};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::rules;
use crate::http;
use crate::net::accept;
use crate::security::password;
use crate::security::secret::random_hex;
use crate::store::Store;

/// Reads the configuration, writing a first one when there is none.
///
/// # Errors
/// When the file cannot be used.
pub fn load_or_create(path: &Path) -> anyhow::Result<Config> {
    let env = || std::env::vars().filter(|(name, _)| name.starts_with(crate::config::ENV_PREFIX));
    if !path.exists() {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Config::default().save(path)?;
        println!("wrote {}", path.display());
    }
    Ok(Config::load(path, env())?)
}

/// The database file: relative paths start at the configuration's folder.
pub fn database_path(config: &Config, config_path: &Path) -> PathBuf {
    beside(Some(config_path), &config.database.path)
}

/// Runs the server until a signal, then finishes what was accepted.
///
/// # Errors
/// When it cannot start.
pub async fn serve(mut config: Config, config_path: PathBuf) -> anyhow::Result<()> {
    // Before anything is announced: whoever has read the address may send a signal.
    let signals = stop_signals()?;
    hash_plain_password(&mut config, &config_path)?;
    let database = database_path(&config, &config_path);
    let store = Store::open(&database).await?;
    let address = (config.server.host, config.server.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
    let bound = listener.local_addr()?;
    let app = Arc::new(App::new(store, Clock::System, config.clone(), Some(config_path)));
    app.set_address(bound);
    seed_rules(&app).await?;
    refresh_releases(&app).await;
    announce(&app, &config, &format!("http://{bound}"))?;

    let (stop, stopped) = watch::channel(false);
    let background = tokio::spawn(run_background(app.clone(), stopped.clone()));
    tokio::spawn(async move {
        signals.await;
        let _ = stop.send(true);
    });
    let mut until = stopped.clone();
    accept::serve(listener, http::router(app.clone()), asked_to_stop(&mut until)).await;
    let _ = background.await;
    app.close().await;
    Ok(())
}

/// A password everybody knows is none, hashed or not.
fn hash_plain_password(config: &mut Config, path: &Path) -> anyhow::Result<()> {
    if password::verify(crate::config::EXAMPLE_PASSWORD, &config.admin.password) {
        config.admin.password.clear();
    }
    if config.has_password() && !password::is_hash(&config.admin.password) {
        config.admin.password = password::hash(&config.admin.password)
            .map_err(|error| anyhow::anyhow!("the admin password cannot be hashed: {error}"))?;
        // Only the password changes in the file: overrides from the environment stay out of it.
        let mut saved = Config::load(path, [])?;
        saved.admin.password.clone_from(&config.admin.password);
        saved.save(path)?;
    }
    Ok(())
}

async fn seed_rules(app: &App) -> anyhow::Result<()> {
    if let Some(first) = rules::first_rules(app.store.read()).await? {
        app.writer
            .write(first, None)
            .await
            .map_err(|error| anyhow::anyhow!("the first rules cannot be written: {error:?}"))?;
    }
    Ok(())
}

fn announce(app: &App, config: &Config, address: &str) -> anyhow::Result<()> {
    println!("moss-server {} listening on {address}", env!("CARGO_PKG_VERSION"));
    if !config.server.host.is_loopback() {
        println!("warning: reachable from other machines without TLS; put a TLS proxy before it");
    }
    if !config.has_password() {
        let token = random_hex::<16>()?;
        app.open_setup(&token);
        println!("set it up, once, at {}/setup#{token}", app.url());
    }
    Ok(())
}

/// The future of a stop that was asked for.
async fn asked_to_stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Catches the signals that ask the server to stop, from this call on; the future ends with the
/// first of them.
#[cfg(unix)]
fn stop_signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signals() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
