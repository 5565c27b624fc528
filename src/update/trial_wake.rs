//! A wake-up on trial: asked for real, and as if it had not been.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::config::flags::GlobalFlags;
use crate::system::process::{self, Ended, Failed};

use super::check_binary::end;

/// So many times as long as it was told may a program take before it counts as hanging.
const GRACE: u32 = 2;

/// Lets a program ask the server what to do, changing nothing. That the server is away or the
/// key refused is an answer; a fault, wrong usage, a crash or a hang is none.
///
/// # Errors
/// What it does, in words that go on where its name left off.
pub fn wake(program: &Path, global: &GlobalFlags, within: Duration) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(["wake", "--gate", "--trial", "--timeout", &within.as_secs().to_string()]);
    pass_on(global, &mut command);
    let outcome = process::finish(&mut command, None, within * GRACE);
    if is_answer(&outcome) { Ok(()) } else { Err(end(&outcome)) }
}

/// Lets a program act as whom this one acts.
pub fn pass_on(global: &GlobalFlags, command: &mut Command) {
    for (flag, value) in
        [("--profile", &global.profile), ("--server", &global.server), ("--as", &global.as_agent)]
    {
        if let Some(value) = value {
            command.args([flag, value]);
        }
    }
    if let Some(path) = &global.key_file {
        command.arg("--key-file").arg(path);
    }
}

fn is_answer(outcome: &Result<Ended, Failed>) -> bool {
    matches!(outcome, Ok(Ended { code: Some(0 | 3..=8), .. }))
}
