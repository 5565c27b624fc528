//! A person's crontab, and our lines in it.

use std::time::Duration;

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::onboard::interval::Interval;
use crate::onboard::marked_block::Markers;
use crate::system::process;

const BEGIN: &str = "# moss:begin ";

/// What stands around the line of a workspace.
pub fn markers(workspace: &str) -> Markers {
    Markers { begin: format!("{BEGIN}{workspace}"), end: format!("# moss:end {workspace}") }
}

/// The workspaces whose timers are in a crontab.
pub fn workspaces(table: &str) -> Vec<&str> {
    table.lines().filter_map(|line| line.strip_prefix(BEGIN)).collect()
}

/// How often the timer of a workspace looks; none when there is no line of it, or another's.
pub fn every(table: &str, workspace: &str) -> Option<Interval> {
    let begin = markers(workspace).begin;
    let line = table.lines().skip_while(|line| *line != begin).nth(1)?;
    let fields: Vec<&str> = line.split_whitespace().take(5).collect();
    Interval::of_crontab(&fields.join(" "))
}

/// All of it.
///
/// # Errors
/// When it cannot be read, or could not be written back as it is.
pub fn read(limit: Duration) -> Result<String> {
    let list = ["crontab".to_owned(), "-l".to_owned()];
    let listed = process::run(&list, None, limit)
        .map_err(|e| if e.exit() == Exit::NotFound { e.hint("install cron") } else { e })?;
    let table = match (listed.code, listed.stderr.contains("no crontab")) {
        (Some(0), _) => listed.stdout.clone(),
        (_, true) => String::new(),
        (_, false) => return Err(listed.failure(Exit::Fault, &process::line(&list))),
    };
    if !listed.is_whole {
        let message = "your crontab is not UTF-8 text, or over 4 MiB, and stays as it is";
        return Err(Error::refused(message).hint("crontab -e, and add the lines without --run"));
    }
    Ok(table)
}

/// Puts another in its place.
///
/// # Errors
/// When cron does not take it.
pub fn write(table: &str, limit: Duration) -> Result<()> {
    let put = ["crontab".to_owned(), "-".to_owned()];
    let ended = process::run(&put, Some(table), limit)?;
    if ended.is_good() { Ok(()) } else { Err(ended.failure(Exit::Fault, &process::line(&put))) }
}
