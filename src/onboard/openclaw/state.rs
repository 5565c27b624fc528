//! What is known of an agent in OpenClaw: what OpenClaw says, and what was done here before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use moss_api::Exit;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::profile::ProfileDir;
use crate::error::{Error, Result};
use crate::onboard::edits::{self, Edits};
use crate::onboard::openclaw::commands::{agent_id, argv};
use crate::onboard::openclaw::gate;
use crate::onboard::workspace::Workspace;
use crate::system::process::{self, Ended};

/// The name of what was done before, in `.moss/`.
pub const RECORD: &str = "openclaw.json";

/// What was done before, in `.moss/openclaw.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// OpenClaw's id for the agent.
    pub agent: String,
    /// How often.
    pub every: String,
    /// Whether we added the agent: its settings are ours then.
    pub added: bool,
    /// The `moss` its timer runs.
    #[serde(default)]
    pub moss: String,
    /// The workspace it was put on board in.
    #[serde(default)]
    pub workspace: String,
    /// Whether a person hears what the agent answers.
    #[serde(default)]
    pub heard: bool,
}

impl Record {
    /// The record of a workspace; none when nothing was done there. One that makes no sense, or is
    /// gone while the gate is there, is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(site: &Workspace) -> Result<Option<Self>> {
        Self::read_in(&site.folder)
    }

    /// The same of this `.moss/`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_in(folder: &Path) -> Result<Option<Self>> {
        match edits::read(&folder.join(RECORD))? {
            Some(text) => Ok(Some(serde_json::from_str(&text).unwrap_or_default())),
            None => Ok(folder.join(gate::NAME).exists().then(Self::default)),
        }
    }

    /// Whether it says who was brought on board.
    pub fn is_whole(&self) -> bool {
        agent_id(&self.agent).is_ok()
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

    /// The folder its timer's `moss` was in, when that is another now.
    pub fn old_dir(&self, site: &Workspace) -> Option<&str> {
        let dir = self.moss.rsplit_once('/')?.0;
        (!dir.is_empty() && dir != site.moss_dir()).then_some(dir)
    }

    /// Whether this is the agent it tells of, whose folder has been renamed since: where it was,
    /// nobody is any more.
    pub fn moved_from(&self, agent: &HostAgent) -> bool {
        agent.id == self.agent
            && !self.workspace.is_empty()
            && !ProfileDir::in_dir(&agent.workspace).has_profile()
    }

    fn path(site: &Workspace) -> PathBuf {
        site.folder.join(RECORD)
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

    /// Whether the folder it works in is there, with an agent in it.
    pub fn has_folder(&self) -> bool {
        self.workspace.is_dir()
    }

    /// Whether moss wakes it, from the folder it works in.
    pub fn is_ours(&self) -> bool {
        ProfileDir::in_dir(&self.workspace).path().join(RECORD).exists()
    }

    /// Whether it works in this workspace.
    pub fn is_at(&self, site: &Workspace) -> bool {
        self.is_in(Path::new(&site.workspace))
    }

    /// Whether it works in this folder, which is named without links.
    pub fn is_in(&self, workspace: &Path) -> bool {
        self.workspace.canonicalize().is_ok_and(|dir| dir == workspace)
    }
}

/// Runs a command that only looks.
///
/// # Errors
/// When it fails, or answers with something else.
pub fn asked<T: serde::de::DeserializeOwned>(
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
