//! Whether an agent is still on board as `moss onboard` left it. It only looks. Each finding has a
//! code that stays, says why it matters, and names the command that mends it, as it can be typed.

mod crontab;
mod openclaw;

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::hints;
use crate::onboard::cron::record::Record as CronRecord;
use crate::onboard::cron::table;
use crate::onboard::edits;
use crate::onboard::openclaw::recover;
use crate::onboard::openclaw::remarks::remark;
use crate::onboard::openclaw::state::Record;
use crate::onboard::openclaw::version;
use crate::onboard::workspace::Workspace;
use crate::render::role_text;
use crate::system::shell::quoted;

/// What was looked at, and how it was found: as it should be, or what is wrong.
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// What was found; an error that exits with 0 is only a remark.
    pub found: Result<String>,
}

/// Looks at what wakes the agent. Each command of a host may take `limit`.
pub fn examine(site: &Workspace, limit: Duration) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |check, found| findings.push(Finding { check, found });
    let (openclaw, cron) = (Record::read(site), CronRecord::read(&site.folder));
    match (openclaw, cron) {
        (Err(error), _) | (Ok(None), Err(error)) => tell("timer", Err(error)),
        (Ok(Some(record)), _) => openclaw::examine(site, &record, limit, &mut tell),
        (Ok(None), Ok(Some(record))) => crontab::examine(site, &record, limit, &mut tell),
        (Ok(None), Ok(None)) => without_record(site, limit, &mut tell),
    }
    findings
}

/// Puts the agent on board again.
fn onboard_openclaw(site: &Workspace) -> String {
    if site.is_here() {
        hints::ONBOARD_RUN.to_owned()
    } else {
        format!("{} --workspace {}", hints::ONBOARD_RUN, quoted(&site.workspace))
    }
}

/// No file tells that it is on board. The crontab may, or OpenClaw; else nothing wakes it.
fn without_record(
    site: &Workspace,
    limit: Duration,
    tell: &mut dyn FnMut(&'static str, Result<String>),
) {
    let table = table::read(limit).unwrap_or_default();
    if let Some(record) = CronRecord::of_table(&table, &site.workspace) {
        return crontab::examine(site, &record, limit, tell);
    }
    if version::check(limit).is_err() {
        let message = "nothing wakes this agent, and no openclaw is on PATH here";
        return tell("timer", Err(remark("no_timer", message, hints::ONBOARD_ANY)));
    }
    let mend = match recover::found(Path::new(&site.workspace), limit) {
        Ok(Some(found)) if found.has_timer => {
            return openclaw::recovered(site, &found, limit, tell);
        }
        Ok(Some(found)) => openclaw::onboard_as(site, &found.record),
        Ok(None) | Err(_) => onboard_openclaw(site),
    };
    tell("timer", Err(remark("no_timer", "nothing wakes this agent", &mend)));
}

fn agents_md(site: &Workspace, mend: &str) -> Result<String> {
    let text = edits::read(&site.path("AGENTS.md"))?.unwrap_or_default();
    if text.contains(role_text::whole(site.role, site.server).trim()) {
        Ok("AGENTS.md tells the role".to_owned())
    } else {
        Err(remark("old_role", "AGENTS.md does not tell the role as this moss does", mend))
    }
}
