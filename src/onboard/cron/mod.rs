//! A plain crontab, for any agent that a command starts.

pub mod offboard;
mod program;
pub mod record;
pub mod script;
pub mod table;

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;

use crate::config::profile::ProfileDir;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::onboard::edits::Edits;
use crate::onboard::interval::Interval;
use crate::onboard::marked_block::Markers;
use crate::onboard::openclaw::commands;
use crate::onboard::report::{Did, Report};
use crate::onboard::workspace::Workspace;
use crate::onboard::workspace_files::write;
use crate::render::sanitize;
use crate::system::shell::quoted;
use record::Record;

/// What was typed.
#[derive(Clone, Debug)]
pub struct Wish {
    /// A shell command that starts the agent; it gets the packet on standard input.
    pub command: String,
    /// How often.
    pub every: Option<Interval>,
    /// How long one `crontab` command may take.
    pub limit: Duration,
    /// Whether to install the lines, or only to print them.
    pub run: bool,
}

/// Writes the files, and prints or installs the crontab lines.
///
/// # Errors
/// When a file or the crontab cannot be written; the files are put back then.
pub fn onboard(ctx: &Context, site: &Workspace, wish: &Wish, skill: &str) -> Result<Exit> {
    let path = path_variable(site)?;
    if sanitize::line(&wish.command) != wish.command || wish.command.trim().is_empty() {
        return Err(Error::refused("--command is one line, and not an empty one"));
    }
    let every = wish.every.unwrap_or_else(|| Interval::of(site.role));
    let when = every.crontab().ok_or_else(|| {
        Error::usage(format!("no crontab line keeps --every {every}"))
            .hint("minutes that divide an hour, hours that divide a day, or 1d")
    })?;
    if !path.split(':').any(|dir| Path::new(dir).join("flock").is_file()) {
        return Err(Error::new(Exit::NotFound, "no_program", "there is no 'flock' on PATH")
            .hint("install util-linux: it keeps two ticks from starting two agents"));
    }
    program::check(&wish.command, &site.workspace, &path, wish.limit)?;
    let before = Record::read(&site.folder)?;
    let file = site.folder.join(script::NAME);
    let tick = quoted(&file.to_string_lossy()).replace('%', "\\%"); // cron's own end of line
    let line = format!("{when} /bin/sh {tick}");
    let markers = table::markers(&site.workspace);
    // A folder that was renamed takes its line along.
    let old = before.map(|before| before.workspace);
    let old = old.filter(|old| !old.is_empty() && *old != site.workspace && !is_taken(old));
    let record = Record {
        command: wish.command.clone(),
        every: every.to_string(),
        workspace: site.workspace.clone(),
        moss: site.moss.clone(),
        path: path.clone(),
        is_kept: true,
    };
    let (mut edits, mut report) = (Edits::default(), Report::new(&ctx.out, !wish.run));
    let done = (|| {
        let text = script::text(site, &path, &wish.command);
        write(&mut edits, &mut report, site, skill, &[(file.clone(), text)])?;
        record.write(&mut edits, &site.folder)?;
        if wish.run {
            install(&mut report, old.as_deref(), &markers, &line, wish.limit)
        } else {
            for line in [&markers.begin, &line, &markers.end] {
                report.step(Did::Listed, line.clone())?;
            }
            Ok(())
        }
    })();
    done.map_err(|error| {
        edits.undo();
        report.explain(error)
    })?;
    let name = sanitize::quoted(&site.name);
    let end = match (wish.run, report.has_changed()) {
        (false, _) => "lines for crontab -e, or let moss install them: add --run".to_owned(),
        (true, true) => format!("{name} works from the crontab, every {every}"),
        (true, false) => format!("nothing to change: {name} works from the crontab, every {every}"),
    };
    report.end(&end)
}

/// Puts our lines into the person's crontab, in place of those of an earlier time or an `old` name
/// of the folder.
fn install(
    report: &mut Report<'_>,
    old: Option<&str>,
    markers: &Markers,
    line: &str,
    limit: Duration,
) -> Result<()> {
    let current = table::read(limit)?;
    let mut table = current.clone();
    if let Some(old) = old {
        table = table::markers(old).remove(&table, "the crontab")?.unwrap_or(table);
    }
    table = markers.merge(&table, line, "the crontab")?;
    if table == current {
        return report.step(Did::Same, line);
    }
    table::write(&table, limit)?;
    report.step(Did::Ran, line)
}

/// Whether somebody is registered in this folder.
fn is_taken(workspace: &str) -> bool {
    ProfileDir::in_dir(Path::new(workspace)).has_profile()
}

/// The PATH of whoever sets this up, so that the timer finds what they find, and `moss`.
fn path_variable(site: &Workspace) -> Result<String> {
    let mut path = std::env::var("PATH").unwrap_or_default();
    if path.is_empty() {
        path = commands::DAEMON_PATH.join(":");
    }
    if sanitize::line(&path) != path {
        return Err(Error::refused("PATH holds characters that are not shown"));
    }
    if !path.split(':').any(|dir| dir == site.moss_dir()) {
        path = format!("{}:{path}", site.moss_dir());
    }
    Ok(path)
}
