//! Starting and stopping the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::{App, beside};
use crate::background::{refresh_releases, run_background};
use crate::cli::output::{eprintln, println};
use crate::cli::{check_config, import, listening};
use crate::config::{Address, Config, file_id};
use crate::domain::settings::{self, File};
use crate::domain::{Error, Refusal, prompts, rules};
use crate::http;
use crate::importing;
use crate::net::accept;
use crate::net::tls::{self, Tls};
use crate::security::password::{self, Stored};
use crate::security::secret::random_hex;
use crate::store::Store;
use crate::web;

/// Connections at once, and those of them at an address for the person in charge alone.
const AGENTS: usize = 1_024;
const PEOPLE: usize = 128;
/// How long the last writes and the closing of the database may take. With the five seconds that
/// requests in progress and background jobs have before, it is below the ten after which container
/// hosts kill.
const CLOSING: Duration = Duration::from_secs(3);

/// Runs the server until a signal, then finishes what was accepted.
///
/// # Errors
/// When it cannot start.
pub async fn serve(config_path: PathBuf) -> anyhow::Result<()> {
    // Before anything is announced: whoever has read the address may send a signal.
    let signals = stop_signals()?;
    let mut config = read_settled(&config_path)?;
    let database = config.address(Some(&config_path))?;
    if let Address::Sqlite(file) = &database
        && importing::is_original(file)
    {
        let refusal = Refusal::bad_value(
            &file.display().to_string(),
            "is a database of the original: nothing was touched",
        );
        return Err(Error::from(refusal.hint(import::command(file, &config_path))).into());
    }
    let store = Store::open(&database).await?;
    let tls = tls_of(&config, &config_path)?;
    if let Some(tls) = &tls {
        tokio::spawn(reload_tls(tls.clone())?);
    }
    let port_note = listening::path_of(&database, &config_path);
    let address = (config.server.host, config.server.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
    let bound = listener.local_addr()?;
    let admins = match config.admin.bind {
        Some(address) => Some(
            TcpListener::bind(address)
                .await
                .with_context(|| format!("cannot listen on {address}, as admin.bind asks"))?,
        ),
        None => None,
    };
    // Nothing stands in the way of a start any more: only now the configuration is touched.
    create_if_missing(&config_path)?;
    let known = settings::known_passwords(store.read()).await?;
    let written_anew = hash_plain_password(&mut config, &config_path, known)?;
    let id = if store.is_shared() { file_id(&config_path) } else { String::new() };
    let file = File::new(&id, &config, written_anew);
    let port = config.server.port;
    let app = Arc::new(App::new(store, database.clock(), config, Some(config_path.clone())));
    app.set_address(bound);
    app.catch_up().await.context("the database takes no writes")?;
    let overruled = app.start_with(file).await.context("the settings cannot be read or written")?;
    if let Some(told) = check_config::overruled(&overruled) {
        eprintln!("warning: {}: {told}", config_path.display());
    }
    seed(&app).await?;
    refresh_releases(&app).await;
    if port == 0
        && let Err(error) = listening::note(&port_note, bound.port())
    {
        tracing::warn!(%error, "other commands will not know the port");
    }
    let scheme = app.read_config(Config::scheme);
    let url = |bound: SocketAddr| format!("{scheme}://{bound}");
    let admins_url = admins.as_ref().map(TcpListener::local_addr).transpose()?.map(url);
    announce(&app, &app.config(), &url(bound), admins_url.as_deref())?;

    let (stop, stopped) = watch::channel(false);
    let background = tokio::spawn(run_background(app.clone(), stopped.clone()));
    let stream = app.stream.clone();
    tokio::spawn(async move {
        signals.await;
        stream.end();
        let _ = stop.send(true);
    });
    let mut until = stopped.clone();
    let router = http::router(app.clone(), web::pages());
    match admins {
        None => accept::serve(listener, tls, router, AGENTS, asked_to_stop(&mut until)).await,
        Some(admins) => {
            let mut admins_until = stopped.clone();
            let for_agents = http::without_admin(router.clone());
            tokio::join!(
                accept::serve(listener, tls.clone(), for_agents, AGENTS, asked_to_stop(&mut until)),
                accept::serve(admins, tls, router, PEOPLE, asked_to_stop(&mut admins_until)),
            );
        }
    }
    let _ = background.await;
    if timeout(CLOSING, app.close()).await.is_err() {
        tracing::error!(
            "the database was not closed within {} s, and is not waited for any longer: what was \
             answered is on disk, what was not was perhaps not done; the next start looks through it",
            CLOSING.as_secs()
        );
    }
    listening::forget(&port_note);
    Ok(())
}

/// What TLS is served with, if it is.
fn tls_of(config: &Config, config_path: &Path) -> anyhow::Result<Option<Arc<Tls>>> {
    let asked = &config.server.tls;
    if asked.is_off() {
        return Ok(None);
    }
    let file = |path: &Path| beside(Some(config_path), path);
    let client_ca = &asked.client_ca;
    let files = tls::Files {
        cert: file(&asked.cert),
        key: file(&asked.key),
        client_ca: (!client_ca.as_os_str().is_empty()).then(|| file(client_ca)),
    };
    Ok(Some(Arc::new(Tls::load(files)?)))
}

/// Reads the files of TLS again at each SIGHUP.
#[cfg(unix)]
fn reload_tls(tls: Arc<Tls>) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut asked = signal(SignalKind::hangup())?;
    Ok(async move {
        while asked.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => tracing::info!("the files of server.tls were read again"),
                Err(error) => tracing::error!(%error, "what was served before is served on"),
            }
        }
    })
}

#[cfg(not(unix))]
fn reload_tls(_: Arc<Tls>) -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {})
}

/// The configuration as it counts; that of a first start when there is no file yet.
fn read_settled(path: &Path) -> anyhow::Result<Config> {
    let (config, notes) = Config::load_settled(path, std::env::vars())?;
    for note in notes.iter().filter(|note| note.warns) {
        eprintln!("warning: {}: {}", path.display(), note.text);
    }
    Ok(config)
}

fn create_if_missing(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        Config::create(path)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Keeps the hash of a password in plain text from now on, in the file too if it stands there. If it
/// is one that is `known` by its hash, that hash goes on: sessions and marks of devices hang on it.
/// Whether it took the place of one in the file, which somebody wrote there.
fn hash_plain_password(
    config: &mut Config,
    path: &Path,
    known: Vec<String>,
) -> anyhow::Result<bool> {
    if !matches!(Stored::read(&config.admin.password), Ok(Stored::Plain(_))) {
        return Ok(false);
    }
    let is_same = |hash: &String| {
        matches!(Stored::read(hash), Ok(Stored::Argon2(_)))
            && password::verify(&config.admin.password, hash)
    };
    let hash = match known.into_iter().find(is_same) {
        Some(hash) => hash,
        None => password::hash(&config.admin.password)
            .map_err(|error| anyhow::anyhow!("the admin password cannot be hashed: {error}"))?,
    };
    let plain = std::mem::replace(&mut config.admin.password, hash.clone());
    let older_copy = Config::has_older_copy(path);
    let changed = Config::change_file(path, |file| {
        // One from the environment stays out of the file.
        if file.admin.password == plain {
            file.admin.password.clone_from(&hash);
        }
    });
    let shown = path.display();
    let written_anew = matches!(changed, Ok(true));
    match changed {
        Ok(false) => {}
        Ok(true) if older_copy => println!(
            "{shown}: admin.password is its hash now; {shown}.bak is older and was left alone, \
             remove it when it is not needed"
        ),
        Ok(true) => println!(
            "{shown}: admin.password is its hash now; {shown}.bak is the file as it was, remove it \
             when it is not needed"
        ),
        Err(error) => {
            eprintln!("warning: admin.password stays in plain text in {shown}: {error}");
        }
    }
    Ok(written_anew)
}

/// Gives a new database what comes with the program.
async fn seed(app: &App) -> anyhow::Result<()> {
    if let Some(first) = rules::first_rules(app.store.read()).await? {
        app.writer
            .write(first, None)
            .await
            .map_err(|error| anyhow::anyhow!("the first rules cannot be written: {error:?}"))?;
    }
    if prompts::needs_seed(app.store.read()).await? {
        app.writer
            .write(prompts::Seed, None)
            .await
            .map_err(|error| anyhow::anyhow!("the first prompts cannot be written: {error:?}"))?;
    }
    Ok(())
}

/// Says where it listens and, while nobody can log in, how to set it up: in one write, so that
/// whoever waits for the first line has the rest of it too.
///
/// # Errors
/// When there is no randomness.
fn announce(
    app: &App,
    config: &Config,
    address: &str,
    admins_address: Option<&str>,
) -> anyhow::Result<()> {
    let mut said = format!("moss-server {} listening on {address}\n", env!("CARGO_PKG_VERSION"));
    if config.is_in_clear() {
        said += "warning: reachable from other machines without TLS; put a TLS proxy before it\n";
    }
    if let Some(address) = admins_address {
        said += &format!("the person in charge is served at {address} alone\n");
    }
    if !config.has_password() {
        let token = random_hex::<16>()?;
        app.open_setup(&token);
        let url = admins_address.map_or_else(|| app.url(), str::to_owned);
        said += &format!("set it up, once, at {url}/setup#{token}\n");
    }
    println!("{}", said.trim_end());
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
