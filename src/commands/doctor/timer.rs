//! The same examination the way a timer would run it: with no environment at all.

use std::process::Command;
use std::time::Duration;

use super::report::{Check, Report, Verdict};
use crate::config::flags::GlobalFlags;
use crate::error::{Error, Result};
use crate::system::process::{self, Failed};

/// How much longer than its own time limit the child may take: the host's programs have theirs.
const SLACK: Duration = Duration::from_secs(120);

/// What a child started by a timer finds, with a remark on what only fails there.
///
/// # Errors
/// When it cannot be run, or does not answer as this version would.
pub fn as_a_timer(global: &GlobalFlags, here: &Report) -> Result<Report> {
    let failed = |why: String| Error::local(format!("cannot run moss as a timer would: {why}"));
    let moss = std::env::current_exe().map_err(|e| failed(e.to_string()))?;
    let mut command = Command::new(moss);
    command.args(["doctor", "--json", "--all", "--timeout", &global.timeout.to_string()]);
    for (flag, value) in [("--profile", &global.profile), ("--server", &global.server)] {
        if let Some(value) = value {
            command.args([flag, value]);
        }
    }
    command.env_clear();
    let ended = process::finish(&mut command, None, global.timeout() + SLACK);
    let told = match ended {
        Ok(ended) => ended.stdout,
        Err(Failed::NotStarted(e)) => return Err(failed(e.to_string())),
        Err(Failed::Hangs) => return Err(failed("it comes to no end".to_owned())),
    };
    let mut checks: Vec<Check> =
        serde_json::from_str(&told).map_err(|e| failed(format!("it answers nonsense: {e}")))?;
    for check in &mut checks {
        let better_here =
            here.checks.iter().any(|own| own.check == check.check && own.verdict < check.verdict)
                || !here.checks.iter().any(|own| own.check == check.check);
        if check.verdict > Verdict::Ok && better_here {
            check.finding.insert_str(0, "only without your environment: ");
        }
    }
    Ok(Report { checks })
}
