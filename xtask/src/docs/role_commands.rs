//! The command lines a role's skill names. A test runs each one's `--help` in the real binary.

use std::fmt::Write as _;

use moss_api::Role;

/// A command line without its leading `moss`, as a model is to type it (capitals stand for its own
/// words), and what it does, in a few words.
pub type RoleCommand = (&'static str, &'static str);

/// The commands of a role's routine, in the order it meets them.
pub const fn commands(role: Role) -> &'static [RoleCommand] {
    match role {
        Role::Planner => &[
            ("wake", "what waits"),
            ("plan apply FILE", "create or change a whole plan; twice is once"),
            ("plan reassign ID", "give it to another; AGENT names one"),
            ("plan release ID", "let anyone claim a blocked one"),
            ("plan edit ID --acceptance TEXT", "change it"),
            ("plan wait ID --why TEXT", "leave it until it changes"),
            ("ask ID TEXT", "ask a person"),
            ("plan cancel ID", "give it up"),
            ("plan status TASK completed", "close a finished task"),
            ("show ID", "everything about it"),
            ("agents --role executor", "who is there"),
        ],
        Role::Executor => &[
            ("wake", "your work, in order"),
            ("claim --start", "take the best open one and begin"),
            ("start ID", "begin; begin again after a rejection"),
            ("submit ID --summary TEXT --artifact FILE…", "hand in every file you made"),
            ("release ID --reason TEXT", "give it back"),
            ("fail ID --class CLASS --detail TEXT", "report that it cannot be done"),
            ("ask ID TEXT", "ask the planner; the answer wakes you"),
            ("log add reflection --on ID TEXT", "what to do better"),
            ("show ID", "everything about it"),
        ],
        Role::Reviewer => &[
            ("wake", "what waits for a verdict"),
            ("review show ID", "what they say, and whether the files are as they were handed in"),
            ("review approve ID --attempt N --score N --comment TEXT", "it is done"),
            ("review reject ID --attempt N --score N --issues TEXT", "back to its executor"),
            ("review list", "all that waits"),
            ("review adopt ID", "take what came too late"),
            ("show ID", "its whole history"),
        ],
        Role::Patrol => &[
            ("wake", "what is amiss"),
            ("patrol scan", "all that is amiss"),
            ("show ID", "its holder, attempts and history"),
            ("list --status in_progress", "all that is being worked on"),
            ("patrol block ID --reason TEXT", "stop it; the planner is told why"),
            ("patrol ignore ID --why TEXT", "leave it while it is so"),
            ("release ID", "let anyone claim a blocked one again"),
            ("log add patrol TEXT", "what you found"),
        ],
    }
}

/// The table in a role's SKILL.md.
pub fn commands_markdown(role: Role) -> String {
    let mut out = String::from("| command | what |\n|---|---|\n");
    for (line, what) in commands(role) {
        let _ = writeln!(out, "| `moss {line}` | {what} |");
    }
    out
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    /// The words that name the command, and the flags it is given.
    fn parts(line: &str) -> (Vec<&str>, Vec<&str>) {
        let words: Vec<_> = line.split(' ').collect();
        let path = words
            .iter()
            .copied()
            .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            .collect();
        (path, words.into_iter().filter(|word| word.starts_with("--")).collect())
    }

    #[test]
    fn every_command_line_is_one_that_moss_takes() {
        let moss = test_support::program::moss();
        for (line, _) in Role::ALL.iter().flat_map(|&role| commands(role)) {
            let (path, flags) = parts(line);
            let output = Command::new(moss).args(path).arg("--help").output().unwrap();
            assert!(output.status.success(), "moss {line}: {output:?}");
            let help = String::from_utf8(output.stdout).unwrap();
            for flag in flags {
                assert!(help.contains(flag), "moss {line}: there is no {flag}");
            }
        }
    }
}
