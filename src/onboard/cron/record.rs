//! How an agent was put into the crontab, in `.moss/cron.json`: what `moss doctor` needs to print
//! the command that does it again. Where that file is damaged or gone, the script and the crontab
//! still tell of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Result;
use crate::hints;
use crate::onboard::cron::{script, table};
use crate::onboard::edits::{self, Edits};
use crate::onboard::interval::Interval;
use crate::onboard::workspace::Workspace;
use crate::system::shell::quoted;

/// What was typed, and where. What is not known is empty.
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
    /// Whether the file itself told all this.
    #[serde(skip)]
    pub is_kept: bool,
}

impl Record {
    /// What is known of this `.moss/`; none when nothing there tells of it. In place of a file that
    /// makes no sense or is gone, the script is asked.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let text = edits::read(&Self::path(folder))?;
        let kept = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if let Some(kept) = kept.filter(Self::is_whole) {
            return Ok(Some(Self { is_kept: true, ..kept }));
        }
        let script = edits::read(&folder.join(script::NAME))?;
        let is_there = text.is_some() || script.is_some();
        Ok(is_there.then(|| script::read(&script.unwrap_or_default())))
    }

    /// What a crontab alone tells of a workspace; none when it has no line of it.
    pub fn of_table(table: &str, workspace: &str) -> Option<Self> {
        let is_there = table::workspaces(table).contains(&workspace);
        is_there.then(|| Self { workspace: workspace.to_owned(), ..Self::default() })
    }

    /// The same, with what the crontab tells besides.
    pub fn completed(mut self, table: &str, site: &Workspace) -> Self {
        if !self.is_kept {
            let places = [&site.workspace, &self.workspace];
            let every = places.iter().find_map(|place| table::every(table, place));
            self.every = every.map_or_else(String::new, |every| every.to_string());
        }
        self
    }

    /// Whether it says enough to do it again.
    fn is_whole(&self) -> bool {
        let every = self.every.parse::<Interval>().ok().and_then(Interval::crontab);
        !self.command.trim().is_empty() && every.is_some()
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

    /// The command line that puts the agent on board as it was; where nobody knows which command
    /// starts it, how such a line is written.
    pub fn again(&self, site: &Workspace) -> String {
        if self.command.is_empty() {
            return hints::ONBOARD_ANY.to_owned();
        }
        let mut line = format!("moss onboard cron --run --command {}", quoted(&self.command));
        if !self.every.is_empty() {
            line.push_str(&format!(" --every {}", quoted(&self.every)));
        }
        if !site.is_here() {
            line.push_str(&format!(" --workspace {}", quoted(&site.workspace)));
        }
        line
    }
}
