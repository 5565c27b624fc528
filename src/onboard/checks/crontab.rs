//! An agent in a crontab: its line, its script, how the last tick ended.

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::onboard::cron::record::Record;
use crate::onboard::cron::{script, table};
use crate::onboard::edits;
use crate::onboard::openclaw::remarks::remark;
use crate::onboard::workspace::Workspace;
use crate::system::files;
use crate::system::shell::quoted;

use super::agents_md;

/// Everything about it.
pub(super) fn examine(
    site: &Workspace,
    record: &Record,
    limit: Duration,
    tell: &mut dyn FnMut(&'static str, Result<String>),
) {
    let table = table::read(limit);
    let record = &record.clone().completed(table.as_deref().unwrap_or_default(), site);
    let mend = record.again(site);
    if !record.is_kept {
        tell("record", Err(lost(record, &mend)));
    }
    tell("prompt", agents_md(site, &mend));
    if let Some(found) = ticks(site, record, &mend).transpose() {
        tell("gate", found);
    }
    let table = match table {
        Ok(table) => table,
        Err(error) => return tell("timer", Err(error)),
    };
    let there = table::workspaces(&table);
    tell("timer", line(site, record, &there, &mend));
    let is_gone = |place: &&&str| **place != record.workspace && !Path::new(place).is_dir();
    for gone in there.iter().filter(is_gone) {
        let at = files::shown(Path::new(gone));
        let message = format!("the crontab still has a timer of {at}, which is gone");
        let mend = format!("moss offboard cron --workspace {}", quoted(gone));
        tell("other timers", Err(remark("orphan_timer", message, &mend)));
    }
}

fn failure(code: &str, message: impl Into<String>, mend: &str) -> Error {
    Error::new(Exit::Fault, code, message).hint(mend)
}

/// The file that says how it was done is not there, or says nothing.
fn lost(record: &Record, mend: &str) -> Error {
    let what = ".moss/cron.json, which says how this agent was put on board, is damaged or gone";
    if record.command.is_empty() {
        let message = format!("{what}, and nothing else tells which command starts the agent");
        return failure("bad_record", message, mend);
    }
    remark("bad_record", format!("{what}; .moss/cron.sh still tells it"), mend)
}

fn line(site: &Workspace, record: &Record, there: &[&str], mend: &str) -> Result<String> {
    if there.contains(&site.workspace.as_str()) {
        return Ok("the crontab runs .moss/cron.sh".to_owned());
    }
    if there.contains(&record.workspace.as_str()) {
        let at = files::shown(Path::new(&record.workspace));
        let message = format!(
            "the crontab still looks in {at}, which this folder was called before: nothing wakes \
             this agent"
        );
        return Err(failure("renamed", message, mend));
    }
    let message =
        "there is .moss/cron.sh, and no line for it in the crontab: nothing wakes this agent";
    Err(failure("no_timer", message, mend))
}

/// Whether a tick does what it should, and the last one did. Nothing is told where nobody knows
/// what it should do.
fn ticks(site: &Workspace, record: &Record, mend: &str) -> Result<Option<String>> {
    let Some(script) = edits::read(&site.folder.join(script::NAME))? else {
        return Err(failure("no_gate", "there is no .moss/cron.sh: each tick fails", mend));
    };
    if record.command.is_empty() {
        return Ok(None);
    }
    if record.moss != site.moss && !Path::new(&record.moss).exists() {
        let at = files::shown(Path::new(&record.moss));
        let message = format!("the timer runs {at}, which is gone: each tick ends with 127");
        return Err(failure("moss_moved", message, mend));
    }
    let wanted = script::text(site, &record.path, &record.command);
    if script != wanted {
        let message = "cron.sh is not as this moss writes it: it may ask another moss, or in another \
                       folder";
        return Err(remark("old_gate", message, mend));
    }
    let ended = edits::read(&site.folder.join(script::ENDED))?.unwrap_or_default();
    let why = match ended.trim() {
        "" | "0" | "3" => return Ok(Some("asks before the agent does".to_owned())),
        "127" => "a program it starts is not found",
        "7" => "the server cannot be reached",
        "4" => "the server does not let the agent in",
        _ => "see the mail cron sent",
    };
    let code: String = ended.trim().chars().filter(char::is_ascii_digit).take(3).collect();
    let message = format!("the last tick ended with {code}: {why}");
    let mend = format!("sh {}", quoted(&site.path(".moss/cron.sh").to_string_lossy()));
    Err(failure("ticks_fail", message, &mend))
}
