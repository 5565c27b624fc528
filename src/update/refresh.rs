//! What `moss` has written into a workspace for its host, brought up to date with it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::openclaw::gate;
use crate::onboard::openclaw::state::Record;
use crate::onboard::{Edits, Workspace, Wrote, managed_file, skill};
use crate::system::files;
use crate::system::process::{self, Ended};

use super::check_binary;
use super::trial_wake::pass_on;

/// How long a new program may take over it.
const LIMIT: Duration = Duration::from_secs(20);

/// Replaces the SKILL.md and the gate script that are installed; what was never installed stays
/// away. Returns what is new.
///
/// # Errors
/// When the server cannot be asked, or a file cannot be written; then all are as they were.
pub async fn refresh(global: &GlobalFlags) -> Result<Vec<String>> {
    let Some(active) = ActiveProfile::find(global)? else { return Ok(Vec::new()) };
    let gate = active.folder.path().join(gate::NAME);
    let has_gate = gate.symlink_metadata().is_ok();
    let has_skill = skill::record(active.folder.path()).symlink_metadata().is_ok();
    if !has_gate && !has_skill {
        return Ok(Vec::new());
    }
    let ctx = Context::new(global)?;
    let site = Workspace::of(&ctx)?;
    let mut edits = Edits::default();
    let skill = if has_skill { Some(skill::offered(&ctx, site.role).await?) } else { None };
    install(&mut edits, &site, skill.as_deref(), has_gate.then_some(&gate))
        .inspect_err(|_| edits.undo())
}

fn install(
    edits: &mut Edits,
    site: &Workspace,
    skill: Option<&str>,
    gate: Option<&PathBuf>,
) -> Result<Vec<String>> {
    let mut new = Vec::new();
    if let Some(text) = skill {
        let workspace = Path::new(&site.workspace);
        if skill::install(edits, &site.folder, workspace, site.role, text)? == Wrote::New {
            new.push(files::shown(&skill::path(workspace, site.role)));
        }
    }
    let heard = Record::read(site)?.is_some_and(|record| record.heard);
    if let Some(gate) = gate
        && managed_file::install(edits, &site.folder, gate, &gate::script(site, heard))?
            == Wrote::New
    {
        new.push(files::shown(gate));
    }
    Ok(new)
}

/// The same, done by a program that has just been installed, which knows better what it needs.
///
/// # Errors
/// When it does not do it.
pub fn by(program: &Path, global: &GlobalFlags) -> Result<Vec<String>> {
    let mut command = Command::new(program);
    command.args(["update", "--refresh"]);
    pass_on(global, &mut command);
    let outcome = process::finish(&mut command, None, LIMIT);
    match outcome {
        Ok(Ended { code: Some(0), stdout, stderr, .. }) => {
            stderr.lines().for_each(crate::render::out::note);
            Ok(stdout.lines().map(str::to_owned).collect())
        }
        other => {
            let why = check_binary::end(&other);
            Err(Error::local(format!("the skill was not brought up to date: moss {why}"))
                .hint(hints::SKILL_INSTALL))
        }
    }
}
