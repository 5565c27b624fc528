//! The files every host needs: the role in AGENTS.md, its skill, and what the host runs.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::onboard::edits::{self, Edits, Wrote};
use crate::onboard::marked_block::Markers;
use crate::onboard::report::{Did, Report};
use crate::onboard::workspace::Workspace;
use crate::onboard::{managed_file, skill};
use crate::render::role_text;

/// What stands around the role in AGENTS.md.
pub fn markers() -> Markers {
    Markers { begin: "<!-- moss:begin -->".into(), end: "<!-- moss:end -->".into() }
}

/// Writes them, and tells which are new.
///
/// # Errors
/// When one cannot be written, or holds what must not be replaced. Putting the others back is up
/// to the caller.
pub fn write(
    edits: &mut Edits,
    report: &mut Report<'_>,
    site: &Workspace,
    skill: &str,
    more: &[(PathBuf, String)],
) -> Result<()> {
    let agents = site.path("AGENTS.md");
    let own = edits::read(&agents)?.unwrap_or_default();
    let agents_text =
        markers().merge(&own, &role_text::whole(site.role, site.server), "AGENTS.md")?;
    let mut tell = |path: &Path, wrote| {
        let did = match wrote {
            Wrote::New => Did::Wrote,
            Wrote::Same => Did::Same,
        };
        report.step(did, site.shown(path).to_string())
    };
    let workspace = Path::new(&site.workspace);
    let wrote = skill::install(edits, &site.folder, workspace, site.role, skill)?;
    tell(&skill::path(workspace, site.role), wrote)?;
    tell(&agents, edits.put(&agents, &agents_text)?)?;
    for (path, text) in more {
        tell(path, managed_file::install(edits, &site.folder, path, text)?)?;
    }
    Ok(())
}
