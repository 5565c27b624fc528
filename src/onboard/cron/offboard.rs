//! Out of the crontab.

use std::time::Duration;

use moss_api::Exit;

use crate::error::Result;
use crate::onboard::cron::table;
use crate::onboard::report::{Did, Report};

/// Takes the lines of these workspaces away; `is_needed` says whether there must be a `crontab`.
///
/// # Errors
/// When the crontab cannot be read or written.
pub fn run(
    workspaces: &[&str],
    is_needed: bool,
    report: &mut Report<'_>,
    limit: Duration,
) -> Result<()> {
    let before = match table::read(limit) {
        Err(error) if !is_needed && error.exit() == Exit::NotFound => return Ok(()),
        other => other?,
    };
    let mut left = before.clone();
    let mut taken = Vec::new();
    for workspace in workspaces {
        let without = table::markers(workspace).remove(&left, "the crontab")?;
        if let Some(without) = without {
            left = without;
            taken.push(*workspace);
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    table::write(&left, limit)?;
    for workspace in taken {
        report.step(Did::Removed, format!("the crontab's line of {workspace}"))?;
    }
    Ok(())
}
