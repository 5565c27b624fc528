//! A plain crontab, for any agent that a command starts.

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;

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
use crate::system::process;
use crate::system::shell::quoted;

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
    let file = site.folder.join("cron.sh");
    let tick = quoted(&file.to_string_lossy()).replace('%', "\\%"); // cron's own end of line
    let line = format!("{when} /bin/sh {tick}");
    let markers = Markers {
        begin: format!("# moss:begin {}", site.workspace),
        end: format!("# moss:end {}", site.workspace),
    };
    let (mut edits, mut report) = (Edits::default(), Report::new(ctx, !wish.run));
    let done = (|| {
        write(&mut edits, &mut report, site, skill, &[(file.clone(), script(site, &path, wish))])?;
        if wish.run {
            install(&mut report, &markers, &line, wish.limit)
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

/// Puts our lines into the person's crontab, in place of those of an earlier time.
fn install(report: &mut Report<'_>, markers: &Markers, line: &str, limit: Duration) -> Result<()> {
    let list = ["crontab".to_owned(), "-l".to_owned()];
    let listed = process::run(&list, None, limit)
        .map_err(|e| if e.exit() == Exit::NotFound { e.hint("install cron") } else { e })?;
    let current = match (listed.code, listed.stderr.contains("no crontab")) {
        (Some(0), _) => listed.stdout,
        (_, true) => String::new(),
        (_, false) => return Err(listed.failure(Exit::Fault, &process::line(&list))),
    };
    if !listed.is_whole {
        let message = "your crontab is not UTF-8 text, or over 4 MiB, and stays as it is";
        return Err(Error::refused(message).hint("crontab -e, and add the lines without --run"));
    }
    let merged = markers.merge(&current, line, "the crontab")?;
    if merged == current {
        return report.step(Did::Same, line);
    }
    let put = ["crontab".to_owned(), "-".to_owned()];
    let ended = process::run(&put, Some(&merged), limit)?;
    if !ended.is_good() {
        return Err(ended.failure(Exit::Fault, &process::line(&put)));
    }
    report.step(Did::Ran, line)
}

/// One tick. The lock is held while the agent works, by this shell alone: what the agent leaves
/// running does not hold it.
fn script(site: &Workspace, path: &str, wish: &Wish) -> String {
    let (name, moss, command) = (sanitize::quoted(&site.name), quoted(&site.moss), &wish.command);
    let (path, workspace) = (quoted(path), quoted(&site.workspace));
    format!(
        "#!/bin/sh\n\
         # One tick of {name}'s timer: no work, no agent. Written by `moss onboard cron`.\n\
         PATH={path}\nexport PATH\n\
         cd {workspace} || exit\n\
         exec 9>.moss/cron.lock || exit\n\
         flock -n 9 || exit 0 # the agent of an earlier tick is still at work\n\
         packet=$({moss} wake --gate --tell-once 9>&-)\n\
         code=$?\n\
         [ $code -eq 3 ] && exit 0\n\
         [ $code -eq 0 ] || exit $code\n\
         printf '%s\\n' \"$packet\" | (\n{command}\n) 9>&-\n"
    )
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
