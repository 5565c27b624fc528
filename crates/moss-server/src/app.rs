//! What every request shares.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use moss_api::Timestamp;
use sea_orm::ActiveValue;

use crate::clock::Clock;
use crate::config::timings::Policy;
use crate::config::{Config, ConfigError};
use crate::domain::rules::Variables;
use crate::domain::wake::Surroundings;
use crate::releases::Releases;
use crate::security::secret::sha256_hex;
use crate::store::Store;
use crate::store::entity::request_log;
use crate::writer::Writer;

/// A lease is renewed by a call of its holder once this part of it is used up, so that a busy
/// holder costs one write in a while and not one a call.
const RENEW_AFTER_PART: u32 = 10;
/// Failed logins within [`LOGIN_WINDOW`] before more are refused.
const MAX_FAILED_LOGINS: usize = 5;
/// How long a failed login counts.
pub const LOGIN_WINDOW: Duration = Duration::from_secs(60);

/// The running server.
pub struct App {
    /// The database.
    pub store: Store,
    /// What changes it.
    pub writer: Writer,
    /// The time.
    pub clock: Clock,
    /// Leases and limits.
    pub policy: Policy,
    /// What clients can be updated to.
    pub releases: Arc<Releases>,
    config: RwLock<Config>,
    config_path: Option<PathBuf>,
    /// SHA-256 of the one-time set-up token; none once set-up is done.
    setup_token: Mutex<Option<String>>,
    address: OnceLock<SocketAddr>,
    renewed: Mutex<HashMap<String, Timestamp>>,
    failed_logins: Mutex<Vec<Timestamp>>,
    /// Held while a password is checked: one at a time, since each takes memory on purpose, and
    /// none past the throttle.
    pub login: tokio::sync::Mutex<()>,
    request_log: Mutex<RequestLog>,
}

/// Requests on their way to the log.
#[derive(Default)]
struct RequestLog {
    rows: Vec<request_log::ActiveModel>,
    bytes: usize,
}

/// Most memory requests may take on their way to the log.
const MAX_LOG_BYTES: usize = 4 * 1024 * 1024;
/// What a row takes besides its body.
const LOG_ROW_BYTES: usize = 500;

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
        let policy = config.policy();
        Self {
            writer: Writer::start(&store, clock.clone(), policy.clone()),
            store,
            clock,
            policy,
            releases: Arc::new(Releases::new(beside(config_path.as_deref(), &config.releases.dir))),
            config: RwLock::new(config),
            config_path,
            setup_token: Mutex::default(),
            address: OnceLock::new(),
            renewed: Mutex::default(),
            failed_logins: Mutex::default(),
            login: tokio::sync::Mutex::default(),
            request_log: Mutex::default(),
        }
    }

    /// Takes no more writes, finishes those it took, then closes the database.
    pub async fn close(&self) {
        self.flush_request_log();
        self.writer.stop().await;
        self.store.close().await;
    }

    /// The configuration as it is now.
    pub fn config(&self) -> Config {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
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
            let mut file = Config::load(path, [])?;
            change(&mut file)?;
            file.save(path)?;
        }
        *slot = config;
        Ok(())
    }

    /// Opens set-up to whoever has this token.
    pub fn open_setup(&self, token: &str) {
        *locked(&self.setup_token) = Some(sha256_hex(token.as_bytes()));
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
        let config = self.config();
        let bound = self.address.get().copied();
        config.url(bound.unwrap_or((config.server.host, config.server.port).into()))
    }

    /// What a wake-up packet says of the server.
    pub fn surroundings(&self) -> Surroundings {
        Surroundings {
            variables: self.variables(),
            policy: self.policy.clone(),
            news: self.releases.news(),
            now: self.clock.now(),
        }
    }

    /// What stands in for the variables of rule texts.
    pub fn variables(&self) -> Variables {
        let config = self.config();
        Variables { workspace_root: config.workspace.root, project_name: config.project.name }
    }

    /// Whether it is time to look whether this agent's leases want renewing; asks at most once
    /// in a tenth of a lease.
    pub fn may_renew(&self, agent: &str) -> Option<Timestamp> {
        let now = self.clock.now();
        let pause = self.policy.lease / RENEW_AFTER_PART;
        let mut renewed = locked(&self.renewed);
        if renewed.get(agent).is_some_and(|&last| now < last + pause) {
            return None;
        }
        renewed.insert(agent.to_owned(), now);
        Some(now + (self.policy.lease - pause))
    }

    /// Whether another login may be tried, and if not, for how long.
    pub fn login_wait(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut failed = locked(&self.failed_logins);
        failed.retain(|&at| now < at + LOGIN_WINDOW);
        let oldest = failed.first().filter(|_| failed.len() >= MAX_FAILED_LOGINS)?;
        Some((*oldest + LOGIN_WINDOW).since(now))
    }

    /// Notes a failed login.
    pub fn login_failed(&self) {
        locked(&self.failed_logins).push(self.clock.now());
    }

    /// Keeps a request for the log; rows are written in batches. What does not fit between two
    /// batches is dropped: the log must not cost the server its memory.
    pub fn log_request(&self, row: request_log::ActiveModel) {
        let body = match &row.request_body {
            ActiveValue::Set(Some(body)) => body.len(),
            ActiveValue::Set(None) | ActiveValue::Unchanged(_) | ActiveValue::NotSet => 0,
        };
        let mut log = locked(&self.request_log);
        if log.bytes < MAX_LOG_BYTES {
            log.bytes += LOG_ROW_BYTES + body;
            log.rows.push(row);
        }
    }

    /// Hands the kept requests to the writer.
    pub fn flush_request_log(&self) {
        let rows = std::mem::take(&mut *locked(&self.request_log)).rows;
        if !rows.is_empty() {
            self.writer.log_requests(rows);
        }
    }
}
