//! The end of every `--help`: examples that run, and what the command exits with.

use moss_api::Exit;

/// Codes every command that asks the server can exit with.
const COMMON: [Exit; 6] =
    [Exit::Done, Exit::Fault, Exit::Usage, Exit::NotAllowed, Exit::Unreachable, Exit::Refused];

/// Examples, then the common exit codes and `more` of them, with their meanings.
pub fn end(examples: &[&str], more: &[Exit]) -> String {
    let mut text = String::from("Examples:\n");
    for example in examples {
        text.push_str("  ");
        text.push_str(example);
        text.push('\n');
    }
    text.push_str("\nExit codes:");
    for (exit, meaning) in Exit::ALL {
        if COMMON.contains(exit) || more.contains(exit) {
            text.push_str(&format!("\n  {}  {meaning}", exit.code()));
        }
    }
    text
}

/// The examples in what [`end`] made.
pub fn examples(end: &str) -> impl Iterator<Item = &str> {
    end.lines().skip(1).take_while(|line| !line.is_empty()).map(str::trim)
}

/// What a command that changes something that may be gone or held can exit with.
pub const WRITES: &[Exit] = &[Exit::NotFound, Exit::Conflict];
/// What a command that looks up one thing can exit with.
pub const LOOKS_UP: &[Exit] = &[Exit::NotFound];
