//! The sections of `config.yaml`, each key with its default.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use moss_api::{MAX_LEASE_SECONDS, NoticeKind, PatrolAction, Role};
use serde::{Deserialize, Serialize};

use crate::config::every::Every;
use crate::config::minutes;
use crate::config::network::Network;
use crate::config::timings::PatrolLimits;
#[cfg(doc)]
use crate::config::webhooks::WebhookTargets;

/// Reads a text key with nothing after it as its default, as if it were absent.
pub(super) mod nothing {
    use serde::{Deserialize as _, Deserializer};

    use super::*;
    use crate::config::server::Server;

    macro_rules! is_the_default {
        ($($section:ident.$key:ident: $kind:ty,)*) => {$(
            pub(in crate::config) fn $key<'de, D: Deserializer<'de>>(given: D) -> Result<$kind, D::Error> {
                let given = Option::deserialize(given)?;
                Ok(given.unwrap_or_else(|| $section::default().$key))
            }
        )*};
    }

    is_the_default! {
        Project.name: String,
        Admin.password: String,
        Agent.registration_token: String,
        Webhooks.secret: String,
        Server.host: IpAddr,
        Server.external_url: String,
        Server.metrics_token: String,
        Database.kind: String,
        Database.path: PathBuf,
        Database.url: String,
        Database.password_file: PathBuf,
        Workspace.root: String,
        Lease.on_expiry: OnExpiry,
        Notification.announcer: Role,
        Patrol.sweep: Every,
        WebUi.static_dir: PathBuf,
        Releases.dir: PathBuf,
        Releases.source: String,
    }
}

/// `project`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Shown in packets and filled into rules.
    #[serde(deserialize_with = "nothing::name")]
    pub name: String,
}

/// `admin`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Admin {
    /// An argon2id hash; a bcrypt hash or plain text of the original is read too. Plain text is
    /// replaced by its hash at start, a bcrypt hash at the first login. Empty until set-up.
    #[serde(deserialize_with = "nothing::password")]
    pub password: String,
    /// Where everything of the person in charge is served, and nowhere else then; without it, where
    /// everything else is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<SocketAddr>,
    /// What the environment offers where the file has none.
    #[serde(skip)]
    pub(super) from_environment: Option<String>,
}

/// `agent`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agent {
    /// Shared secret of self-registration; empty means nobody can.
    #[serde(deserialize_with = "nothing::registration_token")]
    pub registration_token: String,
    /// Whether agents may register themselves.
    pub allow_registration: bool,
}

/// `notification`. The server keeps what people are to be told, and agents tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Notification {
    /// Whether agents should notify at all.
    pub enabled: bool,
    /// Where to, in the host's own terms.
    pub channels: Vec<String>,
    /// About what.
    pub events: Vec<String>,
    /// Which role tells people: one agent of it takes each notice upon itself.
    #[serde(deserialize_with = "nothing::announcer")]
    pub announcer: Role,
}

/// `webhooks`. The server posts there what people are to be told: see [`WebhookTargets`].
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhooks {
    /// Where to.
    pub urls: Vec<String>,
    /// Shared with the receivers: they know us by the signature it makes.
    #[serde(deserialize_with = "nothing::secret")]
    pub secret: String,
    /// Networks that are not public and may be posted to all the same. Only the file says so: an
    /// admin's session does not reach what only this machine reaches.
    pub allowed_networks: Vec<Network>,
}

/// `database`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    /// `sqlite`; another kind is named by its URL.
    #[serde(rename = "type", deserialize_with = "nothing::kind")]
    pub kind: String,
    /// The file, relative to the configuration file's folder.
    #[serde(deserialize_with = "nothing::path")]
    pub path: PathBuf,
    /// Where it is instead, if it is said so: `sqlite:PATH`, `postgres://USER@HOST/DATABASE` or
    /// `mysql://USER@HOST/DATABASE`. It may hold the password.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "nothing::url")]
    pub url: String,
    /// A file that holds the password, relative to the configuration file's folder.
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "nothing::password_file")]
    pub password_file: PathBuf,
    /// Most connections a server has to a database that is none of SQLite's.
    #[serde(skip_serializing_if = "is_default")]
    pub connections: u32,
}

pub(super) fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// Connections that a server has at most.
const CONNECTIONS: u32 = 12;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_default(connections: &u32) -> bool {
    *connections == CONNECTIONS
}

/// `workspace`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workspace {
    /// A folder every agent reaches; filled into rules.
    #[serde(deserialize_with = "nothing::root")]
    pub root: String,
}

/// `webui`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebUi {
    /// Whether the feed is open to everyone.
    pub public_feed: bool,
    /// How many days logged requests are kept.
    pub feed_retention_days: u16,
    /// A folder with pages to serve instead of ours, such as the original's; empty for none.
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "nothing::static_dir")]
    pub static_dir: PathBuf,
}

/// `lease`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lease {
    /// A holder keeps a sub-task this many minutes after its last call.
    pub minutes: u32,
    /// The same for sub-tasks of a priority, where it is to be another time.
    #[serde(skip_serializing_if = "LeaseByPriority::is_empty")]
    pub by_priority: LeaseByPriority,
    /// What becomes of a sub-task that nobody keeps alive.
    #[serde(deserialize_with = "nothing::on_expiry")]
    pub on_expiry: OnExpiry,
    /// A holder with the original's client, which knows no leases, keeps it at least this long.
    pub original_client_minutes: u32,
    /// An executor named by the planner has this many hours to start.
    pub assignment_hours: u32,
    /// No attempt lives longer than this many hours.
    pub max_attempt_hours: u32,
    /// How often expired leases are looked for, in seconds.
    pub sweep_seconds: u32,
}

impl Lease {
    /// Which length does not fit, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        const MOST: u64 = MAX_LEASE_SECONDS / 60;
        let LeaseByPriority { high, medium, low } = self.by_priority;
        for (key, minutes) in [
            ("minutes", Some(self.minutes)),
            ("by_priority.high", high),
            ("by_priority.medium", medium),
            ("by_priority.low", low),
            ("original_client_minutes", Some(self.original_client_minutes)),
        ] {
            if minutes.is_some_and(|minutes| !(1..=MOST).contains(&u64::from(minutes))) {
                return Err(format!("lease.{key} must be 1 to {MOST} (30 days)"));
            }
        }
        if self.sweep_seconds == 0 {
            return Err("lease.sweep_seconds must be above 0".to_owned());
        }
        Ok(())
    }
}

impl Recovery {
    /// Which value does not fit, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        const YEAR: u32 = 366 * 24;
        for (key, value, most) in [
            ("rework_rounds", self.rework_rounds, 100),
            ("planner_hours", self.planner_hours, YEAR),
            ("person_hours", self.person_hours, YEAR),
            ("quota_minutes", self.quota_minutes, 30 * 24 * 60),
        ] {
            if !(1..=most).contains(&value) {
                return Err(format!("recovery.{key} must be 1 to {most}"));
            }
        }
        Ok(())
    }
}

/// `lease.by_priority`, in minutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaseByPriority {
    /// Of what is urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<u32>,
    /// Of what is not said to be anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<u32>,
    /// Of what can wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<u32>,
}

impl LeaseByPriority {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `lease.on_expiry`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExpiry {
    /// Anyone may claim it.
    #[default]
    Release,
    /// It is blocked, for the planner.
    Block,
}

/// `recovery`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recovery {
    /// A sub-task that was rejected so often goes one step up: to another executor, the planner, a
    /// person.
    pub rework_rounds: u32,
    /// A planner has this many hours to do something about what is blocked.
    pub planner_hours: u32,
    /// And a person this many.
    pub person_hours: u32,
    /// What hit a limit is tried again after this many minutes, where its executor names no time.
    pub quota_minutes: u32,
}

/// `patrol`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Patrol {
    /// How often is looked for what is amiss, like `60s`; `off` looks never.
    #[serde(deserialize_with = "nothing::sweep")]
    pub sweep: Every,
    /// What the server may do about it by itself.
    pub auto: Vec<PatrolAction>,
    /// A held sub-task without progress for this many minutes is stuck.
    pub stuck_minutes: u32,
    /// One that nobody claims for this many minutes is starved.
    pub starved_minutes: u32,
    /// What was handed in waits at most this many minutes for a verdict.
    pub review_minutes: u32,
    /// A sub-task that was rejected so often overflows.
    pub rework_rounds: u32,
    /// An agent that loses so many points within `score_days` is shown to patrol.
    pub score_drop: u32,
    /// See `score_drop`.
    pub score_days: u32,
    /// What lasts so many times as long is critical, and the server acts.
    pub critical_times: u32,
    /// So many leases in a row that nobody kept alive take a sub-task to the planner.
    pub timeouts: u32,
    /// An agent that leaves this many packets in a row unanswered is shown to patrol, and what it
    /// was asked for every time is let go.
    pub unanswered_packets: u32,
}

impl Patrol {
    /// Which value does not fit, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        const YEAR: u32 = 366 * 24 * 60;
        for (key, value, most) in [
            ("stuck_minutes", self.stuck_minutes, YEAR),
            ("starved_minutes", self.starved_minutes, YEAR),
            ("review_minutes", self.review_minutes, YEAR),
            ("rework_rounds", self.rework_rounds, 1_000),
            ("score_drop", self.score_drop, 1_000_000),
            ("score_days", self.score_days, 366),
            ("critical_times", self.critical_times, 1_000),
            ("timeouts", self.timeouts, 1_000),
            ("unanswered_packets", self.unanswered_packets, 1_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(format!("patrol.{key} must be 1 to {most}"));
            }
        }
        Ok(())
    }

    /// The thresholds.
    pub(super) fn limits(&self) -> PatrolLimits {
        PatrolLimits {
            auto: self.auto.clone(),
            stuck: minutes(self.stuck_minutes),
            starved: minutes(self.starved_minutes),
            review: minutes(self.review_minutes),
            rework_rounds: self.rework_rounds.into(),
            score_drop: self.score_drop.into(),
            score_window: minutes(self.score_days * 24 * 60),
            critical_times: self.critical_times.into(),
            timeouts: self.timeouts.into(),
            ..PatrolLimits::default()
        }
    }
}

/// `releases`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Releases {
    /// The folder that is served, relative to the configuration file's folder.
    #[serde(deserialize_with = "nothing::dir")]
    pub dir: PathBuf,
    /// Where clients get releases: [`SELF`], or the URL of a folder that has the same files.
    #[serde(deserialize_with = "nothing::source")]
    pub source: String,
}

/// The `releases.source` of a server that serves its own.
pub const SELF: &str = "self";

impl Releases {
    /// The folder elsewhere that clients are sent to, if they are, without a slash at its end.
    pub fn elsewhere(&self) -> Option<&str> {
        (self.source != SELF).then(|| self.source.trim_end_matches('/'))
    }
}

/// `setup`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// Set-up was done.
    pub initialized: bool,
}

impl Default for Project {
    fn default() -> Self {
        Self { name: "OpenMOSS".to_owned() }
    }
}

impl Default for Agent {
    fn default() -> Self {
        Self { registration_token: String::new(), allow_registration: true }
    }
}

impl Notification {
    /// What people want to hear of, of what there is.
    pub fn kinds(&self) -> Vec<NoticeKind> {
        self.events.iter().filter_map(|word| word.parse().ok()).collect()
    }
}

impl Default for Notification {
    fn default() -> Self {
        let events = NoticeKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
        Self { enabled: false, channels: Vec::new(), events, announcer: Role::Planner }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            kind: "sqlite".to_owned(),
            path: "data/tasks.db".into(),
            url: String::new(),
            password_file: PathBuf::new(),
            connections: CONNECTIONS,
        }
    }
}

impl Default for WebUi {
    fn default() -> Self {
        Self { public_feed: false, feed_retention_days: 7, static_dir: PathBuf::new() }
    }
}

impl Default for Lease {
    fn default() -> Self {
        Self {
            minutes: 30,
            by_priority: LeaseByPriority::default(),
            on_expiry: OnExpiry::Release,
            original_client_minutes: 120,
            assignment_hours: 24,
            max_attempt_hours: 24,
            sweep_seconds: 5,
        }
    }
}

impl Default for Recovery {
    fn default() -> Self {
        Self { rework_rounds: 3, planner_hours: 24, person_hours: 72, quota_minutes: 60 }
    }
}

impl Default for Patrol {
    fn default() -> Self {
        Self {
            sweep: Every::default(),
            auto: PatrolAction::ALL.to_vec(),
            stuck_minutes: moss_api::STUCK_MINUTES,
            starved_minutes: 240,
            review_minutes: 240,
            rework_rounds: 3,
            score_drop: 20,
            score_days: 7,
            critical_times: 4,
            timeouts: 3,
            unanswered_packets: moss_api::UNANSWERED_PACKETS,
        }
    }
}

impl Default for Releases {
    fn default() -> Self {
        Self { dir: "releases".into(), source: SELF.to_owned() }
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admin(***)")
    }
}

/// The URL may hold the password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("kind", &self.kind)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a secret, too.
        f.debug_struct("Webhooks")
            .field("urls", &self.urls.len())
            .field("secret", &"***")
            .field("allowed_networks", &self.allowed_networks)
            .finish()
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("registration_token", &"***")
            .field("allow_registration", &self.allow_registration)
            .finish()
    }
}
