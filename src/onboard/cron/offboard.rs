//! Out of the crontab.

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;

use crate::error::Result;
use crate::onboard::cron::table;
use crate::onboard::report::{Did, Report};
use crate::render::out::note;
use crate::system::files;

/// Takes the lines of these workspaces away. Where there is no `crontab` there may be none; `is_told`
/// says whether a person is to hear of it.
///
/// # Errors
/// When the crontab cannot be read or written.
pub fn run(
    workspaces: &[&str],
    is_told: bool,
    report: &mut Report<'_>,
    limit: Duration,
) -> Result<()> {
    let before = match table::read(limit) {
        Err(error) if error.exit() == Exit::NotFound => {
            if is_told {
                let of: Vec<_> = workspaces.iter().map(|at| files::shown(Path::new(at))).collect();
                note(&format!(
                    "{error}: a line of {} in a crontab, if there is one, stays; take it out by hand",
                    of.join(" or ")
                ));
            }
            return Ok(());
        }
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
