//! Taking an agent off a host: everything onboarding wrote goes, what a person wrote stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use moss_api::{Exit, Role};

use crate::error::Result;
use crate::hints;
use crate::onboard::cron::{self, script};
use crate::onboard::edits::{self, Edits};
use crate::onboard::openclaw::{self, gate, state};
use crate::onboard::report::{Did, Report};
use crate::onboard::{managed_file, skill, workspace_files};
use crate::render::out::{Out, note};
use crate::system::files;

/// The host an agent leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// OpenClaw.
    OpenClaw,
    /// A crontab.
    Cron,
}

/// Takes the agent of a workspace off a host. The folder itself may be gone.
///
/// # Errors
/// When the host will not, or a file stays.
pub fn run(host: Host, workspace: &Path, out: &Out, limit: Duration) -> Result<Exit> {
    let folder = workspace.join(".moss");
    let mut report = Report::new(out, false);
    // The host first: with its timer gone, nothing needs the files any more.
    match host {
        Host::OpenClaw => {
            let record = state::Record::read_in(&folder)?;
            openclaw::offboard::run(record, workspace, &mut report, limit)?;
        }
        Host::Cron => {
            let record = cron::record::Record::read(&folder)?;
            let shown = workspace.to_string_lossy();
            let mut places = vec![shown.as_ref()];
            places.extend(record.as_ref().map(|record| record.workspace.as_str()));
            places.retain(|place| !place.is_empty());
            places.dedup();
            cron::offboard::run(&places, record.is_some(), &mut report, limit)?;
        }
    }
    let mut files = Files { edits: Edits::default(), report: &mut report, workspace };
    files.of_host(host, &folder)?;
    let is_on_another = match host {
        Host::OpenClaw => cron::record::Record::read(&folder)?.is_some(),
        Host::Cron => state::Record::read_in(&folder)?.is_some(),
    };
    if !is_on_another {
        files.of_every_host(&folder)?;
    }
    let end = if report.has_changed() {
        format!("off board; {}", hints::KEY_STAYS)
    } else {
        "nothing to do: nothing of an onboarding is here".to_owned()
    };
    report.end(&end)
}

/// Takes files of a workspace away.
struct Files<'a, 'o> {
    edits: Edits,
    report: &'a mut Report<'o>,
    workspace: &'a Path,
}

impl Files<'_, '_> {
    fn of_host(&mut self, host: Host, folder: &Path) -> Result<()> {
        let names: &[&str] = match host {
            Host::OpenClaw => &[gate::NAME],
            Host::Cron => &[script::NAME],
        };
        for name in names {
            self.installed(folder, &folder.join(name))?;
        }
        let kept: &[&str] = match host {
            Host::OpenClaw => &[state::RECORD],
            Host::Cron => &["cron.json", script::ENDED, script::GONE, script::LOCK],
        };
        for name in kept {
            self.gone(&folder.join(name))?;
        }
        Ok(())
    }

    /// The role in AGENTS.md, and the skill.
    fn of_every_host(&mut self, folder: &Path) -> Result<()> {
        let agents = self.workspace.join("AGENTS.md");
        if let Some(text) = edits::read(&agents)?
            && let Some(left) = workspace_files::markers().remove(&text, "AGENTS.md")?
        {
            if left.trim().is_empty() {
                self.gone(&agents)?;
            } else {
                self.edits.put(&agents, &left)?;
                self.report.step(Did::Wrote, "AGENTS.md")?;
            }
        }
        for role in Role::ALL {
            let path = skill::path(self.workspace, *role);
            self.installed(folder, &path)?;
            if let Some(dir) = path.parent() {
                let _ = fs::remove_dir(dir); // refuses by itself while something is in it
                let _ = dir.parent().map(fs::remove_dir);
            }
        }
        self.gone(&skill::record(folder))
    }

    /// A file of ours, its copy and its hash; one that somebody edited stays.
    fn installed(&mut self, folder: &Path, path: &Path) -> Result<()> {
        if edits::read(path)?.is_none() {
            return Ok(());
        }
        if let Some(link) = edits::link_on_the_way(self.workspace, path) {
            note(&format!(
                "{} stays: {} is a symbolic link",
                files::shown(Path::new(&self.shown(path))),
                files::shown(Path::new(&self.shown(&link)))
            ));
            return Ok(());
        }
        if !managed_file::is_ours(folder, path)? {
            note(&format!("{} was edited and stays", self.shown(path)));
            return Ok(());
        }
        self.gone(path)?;
        self.gone(&managed_file::previous(path))?;
        let record = managed_file::record(folder, path);
        if record != skill::record(folder) {
            self.gone(&record)?;
        }
        Ok(())
    }

    fn gone(&mut self, path: &Path) -> Result<()> {
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        self.edits.remove(path)?;
        self.report.step(Did::Removed, self.shown(path))
    }

    fn shown(&self, path: &Path) -> String {
        let below: PathBuf = path.strip_prefix(self.workspace).unwrap_or(path).to_owned();
        below.to_string_lossy().into_owned()
    }
}
