//! How an agent was put into the crontab, in `.moss/cron.json`: what `moss doctor` needs to print
//! the command that does it again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Result;
use crate::onboard::edits::{self, Edits};
use crate::onboard::workspace::Workspace;
use crate::system::shell::quoted;

/// What was typed, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The command that starts the agent.
    pub command: String,
    /// How often.
    pub every: String,
    /// The workspace it was put on board in.
    pub workspace: String,
    /// The `moss` its ticks run.
    pub moss: String,
    /// The PATH its ticks have.
    pub path: String,
}

impl Record {
    /// What is known of this `.moss/`; none when it was never done there. One that makes no sense
    /// counts as empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let text = edits::read(&Self::path(folder))?;
        Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Writes it down.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, edits: &mut Edits, folder: &Path) -> Result<()> {
        edits.put(&Self::path(folder), &format!("{}\n", json!(self))).map(|_| ())
    }

    /// Where it is.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("cron.json")
    }

    /// The command line that puts the agent on board as it was.
    pub fn again(&self, site: &Workspace) -> String {
        let mut line = format!(
            "moss onboard cron --run --command {} --every {}",
            quoted(&self.command),
            quoted(&self.every)
        );
        if !site.is_here() {
            line.push_str(&format!(" --workspace {}", quoted(&site.workspace)));
        }
        line
    }
}
