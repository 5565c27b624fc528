//! What is known of an agent in OpenClaw: what OpenClaw says, and what was done here before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use moss_api::Exit;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::onboard::edits::{self, Edits};
use crate::onboard::openclaw::commands::argv;
use crate::onboard::workspace::Workspace;
use crate::system::process::{self, Ended};

/// What was done before, in `.moss/openclaw.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// OpenClaw's id for the agent.
    pub agent: String,
    /// How often.
    pub every: String,
    /// Whether we added the agent: its settings are ours then.
    pub added: bool,
}

impl Record {
    /// The record of a workspace; none when nothing was done there. One that makes no sense
    /// counts as empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(site: &Workspace) -> Result<Option<Self>> {
        let text = edits::read(&Self::path(site))?;
        Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Writes it down. It is not among the files that are put back: what was done in OpenClaw
    /// stays done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, site: &Workspace) -> Result<()> {
        let text = format!("{}\n", json!(self));
        Edits::default().put(&Self::path(site), &text).map(|_| ())
    }

    fn path(site: &Workspace) -> PathBuf {
        site.folder.join("openclaw.json")
    }
}

/// An agent of OpenClaw's, as far as it matters here.
#[derive(Debug, Deserialize)]
pub struct HostAgent {
    /// Its id.
    pub id: String,
    /// The folder it works in.
    #[serde(default)]
    pub workspace: PathBuf,
    /// What it thinks with.
    #[serde(default)]
    pub model: Value,
}

impl HostAgent {
    /// All of them.
    ///
    /// # Errors
    /// When OpenClaw does not say.
    pub fn all(limit: Duration) -> Result<Vec<Self>> {
        asked(&argv(&["agents", "list", "--json"]), Exit::Fault, limit)
    }

    /// Whether it works in this workspace.
    pub fn is_at(&self, site: &Workspace) -> bool {
        self.workspace.canonicalize().is_ok_and(|dir| dir == Path::new(&site.workspace))
    }
}

/// A timer of OpenClaw's, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// What tells it from others.
    pub declaration_key: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What runs before the model.
    pub trigger: Option<Trigger>,
    /// How it went so far.
    pub state: State,
}

/// What runs before the model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// The gate's text.
    pub script: String,
}

/// How a timer went so far.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// When the gate was last run, in milliseconds since 1970.
    pub last_trigger_eval_at_ms: Option<i64>,
    /// What the last run of the model failed with.
    pub last_error: Option<String>,
    /// How many runs in a row failed.
    pub consecutive_errors: i64,
}

impl Job {
    /// The timers of an agent. The gateway keeps them: without it there is no answer.
    ///
    /// # Errors
    /// When OpenClaw does not say.
    pub fn all(agent: &str, limit: Duration) -> Result<Vec<Self>> {
        #[derive(Deserialize)]
        struct Jobs {
            jobs: Vec<Job>,
        }
        let command = argv(&["cron", "list", "--all", "--agent", agent, "--json"]);
        let answer: Result<Jobs> = asked(&command, Exit::Unreachable, limit);
        answer.map(|answer| answer.jobs).map_err(|error| {
            error.hint("the timer is kept by OpenClaw's gateway: openclaw gateway status")
        })
    }
}

/// Runs a command that only looks.
fn asked<T: serde::de::DeserializeOwned>(
    command: &[String],
    exit: Exit,
    limit: Duration,
) -> Result<T> {
    let ended = process::run(command, None, limit)?;
    if ended.is_good() {
        parsed(command, &ended)
    } else {
        Err(ended.failure(exit, &process::line(command)))
    }
}

/// What a command of OpenClaw's answers, read as JSON.
///
/// # Errors
/// When it is none, or another.
pub fn parsed<T: serde::de::DeserializeOwned>(command: &[String], ended: &Ended) -> Result<T> {
    serde_json::from_str(&ended.stdout).map_err(|e| {
        let line = process::line(command);
        Error::new(Exit::Fault, "host_unclear", format!("'{line}' answers with no such JSON: {e}"))
    })
}
