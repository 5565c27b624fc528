//! `config.yaml`: the original's keys and ours, environment overrides, and errors that name the
//! line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::settle::PASSWORD_VARIABLE;
use crate::config::timings::{LeaseLengths, Timings};
use crate::security::password::Stored;

pub mod address;
pub mod duration;
mod edit;
pub mod every;
mod file;
pub mod host;
mod known;
pub mod limits;
pub mod network;
pub mod origin;
mod remote_address;
mod sections;
mod server;
mod settle;
mod shared;
mod texts;
pub mod timings;
mod tls;
pub mod webhooks;
mod yaml;

pub use address::Address;
pub use known::{is_known_password, is_known_token};
pub use limits::Limits;
pub use remote_address::{Engine, RemoteAddress};
pub use sections::*;
pub use server::{Server, ServerTls};
pub use settle::Note;
pub use shared::{ADMIN_PASSWORD, Settings, file_id, is_shared};
pub(crate) use yaml::known_keys;

/// Prefix of the environment variables that override the file: `MOSS_SERVER__PORT=7000`.
pub const ENV_PREFIX: &str = "MOSS_";

/// The whole file. Absent keys take their defaults; unknown keys are kept out of the way and
/// named in a warning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// What the agents work for.
    pub project: Project,
    /// The person in charge.
    pub admin: Admin,
    /// How agents come in.
    pub agent: Agent,
    /// What agents should tell people.
    pub notification: Notification,
    /// Where the server itself posts what people are to be told.
    pub webhooks: Webhooks,
    /// Where the server listens.
    pub server: Server,
    /// How much one caller may ask.
    pub limits: Limits,
    /// Where the data is.
    pub database: Database,
    /// Where agents put their work.
    pub workspace: Workspace,
    /// The feed.
    pub webui: WebUi,
    /// How long things last.
    pub lease: Lease,
    /// What keeps what is in trouble from standing still.
    pub recovery: Recovery,
    /// What patrol is shown.
    pub patrol: Patrol,
    /// Where clients get newer ones.
    pub releases: Releases,
    /// Whether set-up was done.
    pub setup: Setup,
}

fn minutes(n: u32) -> Duration {
    Duration::from_secs(u64::from(n) * 60)
}

/// Why the configuration cannot be used; the message names the file and the line, or the variable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no YAML, or a value is of the wrong kind.
    #[error("{path}: {problem}")]
    Bad {
        /// Which.
        path: PathBuf,
        /// Where in it, and what.
        problem: String,
    },
    /// An environment variable does not fit.
    #[error("the environment variable {name} does not fit: {problem}")]
    Env {
        /// Which.
        name: String,
        /// Why.
        problem: String,
    },
}

impl Config {
    /// Reads a file and applies the environment.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(
        path: &Path,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::of_text(&file::read(path)?, path, env)
    }

    /// The same of a text that stands in the file `path`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn of_text(
        text: &str,
        path: &Path,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let bad = |problem| ConfigError::Bad { path: path.to_owned(), problem };
        Self::parse(text).map_err(bad)?.with_env(env)?.checked().map_err(bad)
    }

    /// Applies `MOSS_SECTION__KEY=value`, each value read as YAML. The admin password is put aside:
    /// see `settle`.
    ///
    /// # Errors
    /// [`ConfigError::Env`] when a value does not fit its key.
    pub fn with_env(
        self,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = self;
        let mut password = None;
        for (name, text) in env {
            let path = name.strip_prefix(ENV_PREFIX).and_then(|rest| rest.split_once("__"));
            let Some((section, key)) = path else { continue };
            if name == PASSWORD_VARIABLE {
                if let Err(what) = Stored::read(&text) {
                    let problem = format!("it is {what}; {A_PASSWORD}");
                    return Err(ConfigError::Env { name, problem });
                }
                password = Some(text);
                continue;
            }
            config = config
                .with_key(&section.to_lowercase(), &key.to_lowercase(), &text)
                .map_err(|problem| ConfigError::Env { name, problem })?;
        }
        config.admin.from_environment = password;
        Ok(config)
    }

    /// The configuration, if its values go together.
    ///
    /// # Errors
    /// Which key does not fit, and why.
    pub fn checked(self) -> Result<Self, String> {
        if let Err(what) = Stored::read(&self.admin.password) {
            return Err(format!("admin.password is {what}; {A_PASSWORD}"));
        }
        Address::of(&self.database)?;
        if self.database.connections < MIN_CONNECTIONS {
            return Err(format!("database.connections must be at least {MIN_CONNECTIONS}"));
        }
        self.lease.check()?;
        self.recovery.check()?;
        self.patrol.check()?;
        if !is_url(&self.server.external_url) {
            return Err(
                "server.external_url is written like https://moss.example.com, of at most \
                        200 characters, without a user or a password: everybody is shown it"
                    .to_owned(),
            );
        }
        let tls = &self.server.tls;
        if !tls.is_off() && (tls.cert.as_os_str().is_empty() || tls.key.as_os_str().is_empty()) {
            return Err("server.tls needs both: cert and key".to_owned());
        }
        if self.releases.source.is_empty() || !self.releases.elsewhere().is_none_or(is_url) {
            return Err(format!(
                "releases.source is '{SELF}' or written like https://releases.example.com/moss, of \
                 at most 200 characters, without a user or a password: everybody is shown it"
            ));
        }
        let name = self.project.name.chars().count();
        if name > ENDLESS_CHARS {
            return Err(format!("project.name has {name} characters: it is no name"));
        }
        let timings = self.timings();
        let longest = timings.leases.longest().max(timings.original_client_lease);
        if timings.assignment_lease.is_zero() || timings.max_attempt_age < longest {
            return Err("lease.assignment_hours must be above 0, and lease.max_attempt_hours no \
                        shorter than lease.minutes, lease.by_priority and \
                        lease.original_client_minutes"
                .to_owned());
        }
        Ok(self)
    }

    /// Where the database is. Paths that are relative start at the folder of the configuration's
    /// file; the file of the password is read.
    ///
    /// # Errors
    /// When the file of the password cannot be read, or holds none.
    pub fn address(&self, config_path: Option<&Path>) -> Result<Address, ConfigError> {
        let folder = config_path.and_then(Path::parent).unwrap_or(Path::new(""));
        let bad = |problem: String| ConfigError::Bad {
            path: config_path.unwrap_or(Path::new("")).to_owned(),
            problem,
        };
        Ok(match Address::of(&self.database).map_err(bad)? {
            Address::Sqlite(path) => Address::Sqlite(folder.join(path)),
            Address::Remote(address) if self.database.password_file.as_os_str().is_empty() => {
                Address::Remote(address.in_folder(folder)?)
            }
            Address::Remote(address) => {
                let text = file::read(&folder.join(&self.database.password_file))?;
                let password = text.trim_end_matches(['\r', '\n']);
                if password.is_empty() || password.contains(char::is_control) {
                    let problem = "database.password_file holds no password, or more than one line";
                    return Err(bad(problem.to_owned()));
                }
                Address::Remote(address.in_folder(folder)?.with_password(password))
            }
        })
    }

    /// Whether an admin password is set that not everybody knows.
    pub fn has_password(&self) -> bool {
        !self.admin.password.is_empty() && !is_known_password(&self.admin.password)
    }

    fn lease_lengths(&self) -> LeaseLengths {
        let LeaseByPriority { high, medium, low } = self.lease.by_priority;
        let [high, medium, low] =
            [high, medium, low].map(|of_its_own| minutes(of_its_own.unwrap_or(self.lease.minutes)));
        LeaseLengths { high, medium, low }
    }

    /// The durations the work rests on.
    pub fn timings(&self) -> Timings {
        Timings {
            leases: self.lease_lengths(),
            original_client_lease: minutes(self.lease.original_client_minutes),
            blocks_on_expiry: self.lease.on_expiry == OnExpiry::Block,
            recovery: timings::Recovery {
                rework_rounds: self.recovery.rework_rounds.into(),
                planner: minutes(self.recovery.planner_hours.saturating_mul(60)),
                person: minutes(self.recovery.person_hours.saturating_mul(60)),
                quota: minutes(self.recovery.quota_minutes),
            },
            assignment_lease: minutes(self.lease.assignment_hours.saturating_mul(60)),
            max_attempt_age: minutes(self.lease.max_attempt_hours.saturating_mul(60)),
            patrol: self.patrol.limits(),
            ..Timings::default()
        }
    }

    /// What it speaks by itself.
    pub fn scheme(&self) -> &'static str {
        if self.server.tls.is_off() { "http" } else { "https" }
    }

    /// Whether browsers reach it by HTTPS: by itself, or through what speaks it.
    pub fn is_https(&self) -> bool {
        self.scheme() == "https" || self.server.external_url.starts_with("https:")
    }

    /// Whether other machines reach it in clear.
    pub fn is_in_clear(&self) -> bool {
        self.scheme() == "http" && !self.server.host.is_loopback()
    }

    /// Where agents reach a server bound to `bound`: `server.external_url`, else that address.
    pub fn url(&self, bound: SocketAddr) -> String {
        match self.server.external_url.trim_end_matches('/') {
            "" => format!("{}://{}", self.scheme(), reached_at(bound)),
            external => external.to_owned(),
        }
    }

    /// How long logged requests are kept.
    pub fn request_log_retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.webui.feed_retention_days) * 24 * 60 * 60)
    }
}

/// Fewest connections a server can have: two that write, one for the request log, one that reads.
const MIN_CONNECTIONS: u32 = 4;

/// A project's name of more characters hinders a start; one that is only too long is warned of.
const ENDLESS_CHARS: usize = 10_000;

/// What to put in the place of a hash that is not taken.
const A_PASSWORD: &str = "put the password itself there, which a start replaces by its hash, or \
                          nothing, and a start prints a link to set one";

/// Whether this is empty or can stand in a shell command and in a text for agents as it is.
fn is_url(text: &str) -> bool {
    const MAX_CHARS: usize = 200;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c);
    text.is_empty()
        || (text.len() <= MAX_CHARS && rest.is_some_and(|r| !r.is_empty() && r.chars().all(fits)))
}

/// Where a bound address can be reached. One that stands for all of them is reached at least from
/// this machine.
fn reached_at(mut bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => bound.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => bound.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::yaml::known_keys;
    use super::*;

    #[test]
    fn the_originals_file_is_read_as_it_is() {
        let hash = format!("bcrypt:{}", bcrypt::hash("mine", 4).unwrap());
        let text = format!(
            "project:\n  name: \"News\"\nadmin:\n  password: \"{hash}\"\nagent:\n  \
            registration_token: \"tok\"\n  allow_registration: true\nnotification:\n  enabled: true\n  \
            channels: []\nserver:\n  port: 7000\n  host: \"0.0.0.0\"\ndatabase:\n  type: sqlite\n  \
            path: \"./data/tasks.db\"\nworkspace:\n  root: /ws\nwebui:\n  public_feed: false\n"
        );
        let config = Config::parse(&text).unwrap();
        assert_eq!((config.project.name.as_str(), config.server.port), ("News", 7000));
        assert!(config.has_password());
        assert!(Config::unknown_keys(&text).is_empty());
    }

    #[test]
    fn what_everybody_is_shown_holds_no_password_and_a_name_has_an_end() {
        let problem =
            |text: &str| Config::of_text(text, Path::new("c"), []).unwrap_err().to_string();
        for key in ["server:\n  external_url", "releases:\n  source"] {
            let problem = problem(&format!("{key}: https://me:secret@moss.example.com\n"));
            assert!(problem.contains("without a user or a password"), "{problem}");
            assert!(!problem.contains("secret"), "{problem}");
        }
        let endless = problem(&format!("project:\n  name: {}\n", "x".repeat(ENDLESS_CHARS + 1)));
        assert!(endless.contains("project.name has 10001 characters"), "{endless}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_line() {
        let problem = Config::parse("project:\n  name: x\nserver:\n  port: many\n").unwrap_err();
        assert!(problem.contains("line 4") || problem.contains("4:"), "{problem}");
        assert!(Config::parse("server: [").is_err());
    }

    #[test]
    fn a_key_with_nothing_after_it_has_its_default() {
        let tree = serde_json::to_value(Config::default()).unwrap();
        let mut texts = 0;
        for (section, keys) in tree.as_object().unwrap() {
            for (key, _) in keys.as_object().unwrap().iter().filter(|(_, value)| value.is_string())
            {
                let text = format!("{section}:\n  {key}:\n");
                assert_eq!(Config::parse(&text), Ok(Config::default()), "{text}");
                texts += 1;
            }
        }
        assert_eq!(texts, 13);
        let url = "server:\n  external_url: ~\n";
        assert_eq!(Config::parse(url), Ok(Config::default()));
        let empty = Config::parse("project:\n  name: ''\nadmin:\n  password: 'null'\n").unwrap();
        assert_eq!((empty.project.name.as_str(), empty.admin.password.as_str()), ("", "null"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_parsers_own_words() {
        for (text, what) in [
            ("admin:\n  password: a\n  password: b\n", "password stands twice"),
            ("admin: {}\nserver: {}\nadmin: {}\n", "admin stands twice"),
            ("notification:\n  events:\n    - a\n    -\n", "nothing stands where a text belongs"),
        ] {
            let problem = Config::parse(text).unwrap_err();
            assert!(problem.starts_with("line ") && problem.ends_with(what), "{problem}");
            assert!(!problem.contains("Option"), "{problem}");
        }
    }

    #[test]
    fn the_environment_overrides() {
        let set = |name: &str, value: &str| {
            Config::default().with_env([(name.to_owned(), value.to_owned())])
        };
        assert_eq!(set("MOSS_SERVER__PORT", "7001").unwrap().server.port, 7001);
        for name in ["12", "", "~"] {
            assert_eq!(set("MOSS_PROJECT__NAME", name).unwrap().project.name, name);
        }
        let channels = set("MOSS_NOTIFICATION__CHANNELS", "[a, b]").unwrap().notification.channels;
        assert_eq!(channels, ["a", "b"]);
        assert_eq!(set("MOSS_PROFILE", "x").unwrap(), Config::default());
        let several = [("MOSS_ADMIN__PASSWORD", "theirs"), ("MOSS_SERVER__PORT", "7001")];
        let several = several.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let both = Config::default().with_env(several).unwrap();
        assert_eq!(both.admin.from_environment.as_deref(), Some("theirs"));
        assert_eq!((both.admin.password.as_str(), both.server.port), ("", 7001));
        for (name, value) in [("MOSS_SERVER__PORT", "99999"), ("MOSS_SERVER__PROT", "1")] {
            let error = set(name, value).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn the_address_given_out_is_one_that_can_be_typed() {
        let with = |url: &str| {
            let mut config = Config::default();
            config.server.external_url = url.to_owned();
            config.checked()
        };
        let bound = |text: &str| text.parse::<SocketAddr>().unwrap();
        for (url, given) in [
            ("", "http://127.0.0.1:7000"),
            ("https://moss.example.com", "https://moss.example.com"),
            ("http://[::1]:7000/moss/", "http://[::1]:7000/moss"),
        ] {
            assert_eq!(with(url).unwrap().url(bound("0.0.0.0:7000")), given);
        }
        assert_eq!(Config::default().url(bound("[::]:7000")), "http://[::1]:7000");
        assert_eq!(Config::default().url(bound("10.0.0.5:7000")), "http://10.0.0.5:7000");
        let long = format!("https://{}", "a".repeat(200));
        for bad in [
            "moss.example.com",
            "http://",
            "ftp://a",
            "http://a b",
            "http://a;ls",
            "http://$(x)",
            "http://a\nb",
            "http://日本",
            " http://a",
            "http://a'",
            "http://a\"",
            &long,
        ] {
            assert!(with(bad).unwrap_err().contains("server.external_url"), "{bad}");
        }
    }

    #[test]
    fn releases_come_from_here_or_from_a_folder_elsewhere() {
        let with = |source: &str| {
            let mut config = Config::default();
            config.releases.source = source.to_owned();
            config.checked().map(|config| config.releases.elsewhere().map(str::to_owned))
        };
        assert_eq!(with("self").unwrap(), None);
        assert_eq!(with("https://a.example/moss/").unwrap().unwrap(), "https://a.example/moss");
        for bad in ["", "own", "/srv/releases", "https://a b", "https://$(x)"] {
            assert!(with(bad).unwrap_err().contains("releases.source"), "{bad}");
        }
    }

    #[test]
    fn unknown_keys_are_named() {
        let unknown = Config::unknown_keys("server:\n  prot: 1\nextra:\n  a: 1\n");
        assert_eq!(unknown, ["extra", "server.prot"]);
    }

    #[test]
    fn the_example_password_is_none() {
        let config = Config::parse("admin:\n  password: admin123\n").unwrap();
        assert!(!config.has_password());
    }

    #[test]
    fn every_key_is_explained() {
        let text = include_str!("../../../../docs/operations.md");
        let tree = serde_json::to_value(Config::default()).unwrap();
        for section in tree.as_object().unwrap().keys() {
            for key in known_keys(section) {
                assert!(text.contains(&format!("| `{section}.{key}` |")), "{section}.{key}");
            }
        }
        let rows = text.lines().filter(|line| line.starts_with("| `") && line.contains('.'));
        for key in rows.filter_map(|row| row.split('`').nth(1)).filter(|key| !key.contains(' ')) {
            let (section, key) = key.split_once('.').unwrap();
            assert!(known_keys(section).contains(&key.to_owned()), "{section}.{key} is no key");
        }
    }

    #[test]
    fn hashes_that_are_not_taken_are_refused_where_they_stand() {
        let md5 = "md5:0192023a7bbd73250516f069df18b500";
        let text = format!("admin:\n  password: {md5}\n");
        let refusal = Config::parse(&text).unwrap().checked().unwrap_err();
        assert!(refusal.starts_with("admin.password is a hash of the kind 'md5'"), "{refusal}");
        let variable = ("MOSS_ADMIN__PASSWORD".to_owned(), md5.to_owned());
        let refusal = Config::default().with_env([variable]).unwrap_err().to_string();
        assert!(refusal.contains("MOSS_ADMIN__PASSWORD does not fit: it is a hash"), "{refusal}");
        assert!(!refusal.contains("0192023a"), "{refusal}");
    }
}
