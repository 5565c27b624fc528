//! What `moss doctor` prints as a mend can be typed.

use std::process::Command;

use crate::program;

/// What begins a mend that only a person can decide or do, elsewhere.
const BY_A_PERSON: [&str; 6] = [
    "at the server's machine: ",
    "in the agent's workspace: ",
    "put the key itself there, ",
    "run it in the agent's workspace, ",
    "tell ",
    "try again later; ",
];
/// Programs besides `moss` that mend something.
const OTHERS: [&str; 8] =
    ["chmod", "chown", "ln", "moss-server", "npm", "openclaw", "sh", "timedatectl"];

/// Each is a command line: of `moss`, which has to know it, or of another program that is known to
/// mend something. No words stand around it, and nothing in it is left to be guessed.
pub fn check<'m>(mends: impl IntoIterator<Item = &'m str>) {
    for mend in mends.into_iter().filter(|mend| !matches!(*mend, "" | "-")) {
        assert!(!mend.contains('…'), "cannot be typed: {mend}");
        if !BY_A_PERSON.iter().any(|words| mend.starts_with(words)) {
            mend.split(" | ").flat_map(|part| part.split(" && ")).for_each(one);
        }
    }
}

fn one(command: &str) {
    let program = command.split(' ').next().unwrap();
    if program != "moss" {
        assert!(OTHERS.contains(&program), "{command} is no command");
        return;
    }
    // With help it is read and not run.
    let (typed, _) = command.split_once(" < ").unwrap_or((command, ""));
    let typed = format!("exec \"$0\" {} --help", typed.trim_start_matches("moss "));
    let read = Command::new("/bin/sh").arg("-c").arg(typed).arg(program::moss()).output().unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "moss does not know: {command}\n{said}");
}
