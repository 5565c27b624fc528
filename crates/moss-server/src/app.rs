//! What every request shares.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use moss_api::release::ReleaseKeys;

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::config::webhooks::WebhookTargets;
use crate::config::{Config, Notification, host};
use crate::domain::jobs::{ByOne, Job, Leave};
use crate::domain::lately::Lately;
use crate::domain::offers::Ticks;
use crate::domain::outbox::Announcing;
use crate::domain::queries::admin::past_days::PastDays;
use crate::domain::rates::{self, TellRates};
use crate::domain::readiness::Readiness;
use crate::domain::rules::{Dialect, Variables};
use crate::domain::settings::{self, File, Remembered};
use crate::domain::stream::Tail;
use crate::domain::time::{self, KeepTime};
use crate::domain::wake::WakeContext;
use crate::domain::work::renewal::Renewals;
use crate::domain::{Command, Error};
use crate::downloads::Downloads;
use crate::releases::{Releases, release_keys};
use crate::security::hashing::Hashing;
use crate::security::rates::Rates;
use crate::security::secret::sha256_hex;
use crate::security::throttle::Throttle;
use crate::store::{Store, new_id};
use crate::writer::{PendingRequestLog, WriteError, Writer};

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
    /// What happens, for those who listen.
    pub stream: Arc<Tail>,
    /// What it goes by.
    pub settings: Remembered,
    /// What it calls itself among the servers on its database.
    name: String,
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
    /// Who has asked how much.
    pub rates: Rates,
    /// What days that are over have counted.
    pub past_days: PastDays,
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
    /// The server around an open database. `config_path` is where the configuration stands, if it does.
    pub fn new(store: Store, clock: Clock, config: Config, config_path: Option<PathBuf>) -> Self {
        let timings = config.timings();
        // One on a database of its own goes on where the one before it has stopped.
        let name = if store.is_shared() {
            format!("{} {} {}", host::name(), std::process::id(), new_id())
        } else {
            String::new()
        };
        let stream = Arc::new(Tail::new(store.read().clone(), store.is_shared()));
        Self {
            stream,
            writer: Writer::start(&store, clock.clone(), timings.clone()),
            store,
            clock,
            releases: Arc::new(Releases::new(
                beside(config_path.as_deref(), &config.releases.dir),
                // Without a key there is no manifest that counts.
                release_keys().unwrap_or_else(|_| ReleaseKeys::new(Vec::new())),
            )),
            downloads: Arc::default(),
            settings: Remembered::new(config),
            name,
            config_path,
            setup_token: Mutex::default(),
            address: OnceLock::new(),
            renewals: Renewals::default(),
            ticks: Ticks::default(),
            refused_keys: Lately::new(REFUSAL_PAUSE),
            hashing: Hashing::default(),
            logins: Throttle::default(),
            registrations: Throttle::default(),
            setups: Throttle::default(),
            rates: Rates::default(),
            past_days: PastDays::default(),
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
        let _ = self.writer.write(Leave { server: self.name.clone() }, None).await;
        let _ = self.writer.write(KeepTime, None).await;
        self.writer.stop().await;
        self.store.close().await;
    }

    /// Lets the configuration's file have its say, and goes by the settings from now on. `id` tells
    /// the file from those of other servers. Answers what of the file does not count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start_with(&self, file: File) -> anyhow::Result<Vec<String>> {
        self.writer.write(settings::Start(file.clone()), None).await?;
        self.look_now().await?;
        Ok(file.overruled(&self.config().settings()))
    }

    /// The configuration as it was seen last.
    pub fn config(&self) -> Config {
        self.read_config(Clone::clone)
    }

    /// A part of the configuration as it was seen last, without a copy of the rest: for what every
    /// request asks.
    pub fn read_config<T>(&self, read: impl FnOnce(&Config) -> T) -> T {
        self.settings.config(read)
    }

    /// Looks at the settings if the last look is too long ago: before anything that goes by them.
    ///
    /// # Errors
    /// When the database fails; then they are as they were seen last.
    pub async fn look_again(&self) -> Result<(), Error> {
        let changed = self.settings.look_again(self.store.read(), self.clock.now()).await?;
        self.after_look(changed);
        Ok(())
    }

    /// Looks at the settings.
    ///
    /// # Errors
    /// As [`Self::look_again`].
    pub async fn look_now(&self) -> Result<(), Error> {
        let changed = self.settings.look_now(self.store.read(), self.clock.now()).await?;
        self.after_look(changed);
        Ok(())
    }

    /// Whoever set a password, and on whichever server: the link of this one leads nowhere.
    fn after_look(&self, changed: bool) {
        if changed && self.read_config(Config::has_password) {
            locked(&self.setup_token).take();
        }
    }

    /// Changes settings, and goes by the new ones from now on. Answers what the change does.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn change<C: Command<Output = bool>>(&self, change: C) -> Result<bool, WriteError> {
        let done = self.decide(change).await?;
        // What was written counts, whether or not it can be read back now.
        if let Err(error) = self.look_now().await {
            self.note_failure(&error);
        }
        Ok(done)
    }

    /// Runs a command that answers whether it did what it is for.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn decide<C: Command<Output = bool>>(&self, command: C) -> Result<bool, WriteError> {
        Ok(self.writer.write(command, None).await?.body == "true")
    }

    /// Tells the other servers on the database who asks much of this one, and hears the same from them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn share_rates(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.rates.forget_old(now);
        if !self.store.is_shared() {
            return Ok(());
        }
        let tell = self.read_config(|it| TellRates::of(&self.rates, &it.limits, &self.name, now));
        let Some(tell) = tell else { return Ok(()) };
        // What cannot be told is told the next time.
        let _ = self.writer.write(tell, None).await;
        rates::hear(self.store.read(), &self.rates, &self.name, now).await
    }

    /// Something of a job, to be done if the job is this server's.
    pub fn by_one<C>(&self, job: Job, command: C) -> ByOne<C> {
        ByOne { job, server: self.name.clone(), command }
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
            announcing: self.announcing(),
            now: self.clock.now(),
        }
    }

    /// Who tells people, and what of; none while nobody is to tell anybody.
    pub fn announcing(&self) -> Option<Announcing> {
        self.read_config(|config| {
            let Notification { enabled, channels, announcer, .. } = &config.notification;
            enabled.then(|| Announcing {
                role: *announcer,
                kinds: config.notification.kinds(),
                channels: channels.clone(),
            })
        })
    }

    /// Where notices are posted; none where nothing is.
    pub fn webhook_targets(&self) -> Option<WebhookTargets> {
        self.read_config(Config::webhook_targets)
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
