//! What every request shares.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use moss_api::release::ReleaseKeys;

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::config::{Config, ConfigError};
use crate::domain::Error;
use crate::domain::lately::Lately;
use crate::domain::offers::Ticks;
use crate::domain::readiness::Readiness;
use crate::domain::rules::{Dialect, Variables};
use crate::domain::time::{self, KeepTime};
use crate::domain::wake::WakeContext;
use crate::domain::work::renewal::Renewals;
use crate::downloads::Downloads;
use crate::releases::{Releases, release_keys};
use crate::security::hashing::Hashing;
use crate::security::secret::sha256_hex;
use crate::security::throttle::Throttle;
use crate::store::Store;
use crate::writer::{PendingRequestLog, Writer};

/// How long it is not asked again whether an agent's refused key was told of.
const REFUSAL_PAUSE: Duration = Duration::from_secs(10 * 60);

/// A clock that is off by as much is worth a line.
const NOTEWORTHY: Duration = Duration::from_secs(60);

/// The running server.
pub struct App {
    /// The database.
    pub store: Store,
    /// What changes it.
    pub writer: Writer,
    /// The time.
    pub clock: Clock,
    /// Leases and limits.
    pub timings: Timings,
    /// What clients can be updated to.
    pub releases: Arc<Releases>,
    /// Who is downloading.
    pub downloads: Arc<Downloads>,
    config: RwLock<Config>,
    config_path: Option<PathBuf>,
    /// SHA-256 of the one-time set-up token; none once set-up is done.
    setup_token: Mutex<Option<String>>,
    address: OnceLock<SocketAddr>,
    /// Whose leases were looked at when.
    pub renewals: Renewals,
    /// How often each agent's timer asks.
    pub ticks: Ticks,
    /// Whose refused key was noted when.
    pub refused_keys: Lately,
    /// Where passwords are hashed.
    pub hashing: Hashing,
    /// Keeps those slow who guess the admin password.
    pub logins: Throttle,
    /// Keeps those slow who guess the registration token.
    pub registrations: Throttle,
    /// Keeps those slow who guess the set-up token.
    pub setups: Throttle,
    /// Whether it should be sent requests.
    pub readiness: Readiness,
    /// Requests on their way to the log.
    pub request_log: PendingRequestLog,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path of the configuration: relative ones start at the folder of its file.
pub fn beside(config_path: Option<&Path>, path: &Path) -> PathBuf {
    config_path.and_then(Path::parent).unwrap_or(Path::new("")).join(path)
}

impl App {
    /// The server around an open database. `config_path` is where changes are saved, if at all.
    pub fn new(store: Store, clock: Clock, config: Config, config_path: Option<PathBuf>) -> Self {
        let timings = config.timings();
        Self {
            writer: Writer::start(&store, clock.clone(), timings.clone()),
            store,
            clock,
            releases: Arc::new(Releases::new(
                beside(config_path.as_deref(), &config.releases.dir),
                // Without a key there is no manifest that counts.
                release_keys().unwrap_or_else(|_| ReleaseKeys::new(Vec::new())),
            )),
            downloads: Arc::default(),
            config: RwLock::new(config),
            config_path,
            setup_token: Mutex::default(),
            address: OnceLock::new(),
            renewals: Renewals::new(timings.lease),
            ticks: Ticks::default(),
            refused_keys: Lately::new(REFUSAL_PAUSE),
            hashing: Hashing::default(),
            logins: Throttle::default(),
            registrations: Throttle::default(),
            setups: Throttle::default(),
            readiness: Readiness::default(),
            request_log: PendingRequestLog::default(),
            timings,
        }
    }

    /// Lets time go on from the newest the database knows, before anybody is served. The time in
    /// which no server ran ends no lease.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        if let Some(newest) = time::newest(self.store.read()).await? {
            self.clock.go_on_from(newest);
        }
        let behind = self.clock.behind();
        if behind >= NOTEWORTHY {
            tracing::warn!(
                ?behind,
                "the system's clock is behind the newest time in the database; the server's time \
                 goes on from there, so that nothing that has ended comes back"
            );
        }
        self.writer.write(KeepTime, None).await?;
        Ok(())
    }

    /// Notes a read that failed: health tells of damage.
    pub fn note_failure(&self, error: &Error) {
        if let Error::Database(error) = error {
            self.writer.note_failed_read(error);
        }
    }

    /// A path relative to the folder of `config.yaml`.
    pub fn beside_config(&self, path: impl AsRef<Path>) -> PathBuf {
        beside(self.config_path.as_deref(), path.as_ref())
    }

    /// Takes no more writes, finishes those it took, then closes the database.
    pub async fn close(&self) {
        self.flush_request_log();
        let _ = self.writer.write(KeepTime, None).await;
        self.writer.stop().await;
        self.store.close().await;
    }

    /// The configuration as it is now.
    pub fn config(&self) -> Config {
        self.read_config(Clone::clone)
    }

    /// A part of the configuration as it is now, without a copy of the rest: for what every request
    /// asks.
    pub fn read_config<T>(&self, read: impl FnOnce(&Config) -> T) -> T {
        read(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the configuration's file says by itself, if it can be read.
    pub fn config_file(&self) -> Option<Config> {
        self.config_path.as_deref().and_then(|path| Config::load(path, []).ok())
    }

    /// Changes the configuration, one change at a time: saved first, then in force. The change is
    /// made twice, to the file and to what is in force, since what the environment overrides stays
    /// out of the file.
    ///
    /// # Errors
    /// What the change says, or when it cannot be saved; then nothing has changed.
    pub fn change_config<E: From<ConfigError>>(
        &self,
        change: impl Fn(&mut Config) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut slot = self.config.write().unwrap_or_else(PoisonError::into_inner);
        let mut config = slot.clone();
        change(&mut config)?;
        if let Some(path) = &self.config_path {
            Config::change_file(path, &change)?;
        }
        *slot = config;
        Ok(())
    }

    /// Opens set-up to whoever has this token.
    pub fn open_setup(&self, token: &str) {
        *locked(&self.setup_token) = Some(sha256_hex(token.as_bytes()));
    }

    /// Whether set-up waits for its token.
    pub fn is_setup_open(&self) -> bool {
        locked(&self.setup_token).is_some()
    }

    /// Takes the set-up token: of several who have it, one gets true. Whoever then fails to set up
    /// gives it back with [`Self::open_setup`].
    pub fn take_setup_token(&self, token: &str) -> bool {
        let hash = sha256_hex(token.as_bytes());
        locked(&self.setup_token)
            .take_if(|stored| crate::security::secret::same(stored, &hash))
            .is_some()
    }

    /// Notes the address that was bound.
    pub fn set_address(&self, bound: SocketAddr) {
        let _ = self.address.set(bound);
    }

    /// Where agents reach the server: `server.external_url`, else the address bound. Never the
    /// Host header, which a caller could forge.
    pub fn url(&self) -> String {
        let bound = self.address.get().copied();
        self.read_config(|config| {
            config.url(bound.unwrap_or((config.server.host, config.server.port).into()))
        })
    }

    /// What a wake-up packet says of the server.
    pub fn wake_context(&self) -> WakeContext {
        WakeContext {
            variables: self.variables(Dialect::Moss),
            timings: self.timings.clone(),
            release_notice: self.releases.release_notice(),
            now: self.clock.now(),
        }
    }

    /// What stands in for the variables of rule texts, for a reader of this dialect.
    pub fn variables(&self, dialect: Dialect) -> Variables {
        let config = self.config();
        let (workspace_root, project_name) = (config.workspace.root, config.project.name);
        Variables { workspace_root, project_name, dialect }
    }

    /// Hands the kept requests to the writer.
    pub fn flush_request_log(&self) {
        let rows = self.request_log.take();
        if !rows.is_empty() {
            self.writer.log_requests(rows);
        }
    }
}
