//! Help: the commands in groups, and of each command its own options before those of every command.
//!
//! clap knows no headings for commands, and puts flags that are global above the examples. Nobody
//! who does not ask for help pays for the difference.

use std::fmt::Write as _;

use anstyle::Style;
use clap::error::ErrorKind;
use clap::{Arg, Command};

use crate::commands::args::help;
use crate::render::wrap::{columns, hang, padded};

/// What people want, and the commands for it. A test finds a command that is in no group.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "work",
        &[
            "wake",
            "watch",
            "claim",
            "start",
            "submit",
            "heartbeat",
            "release",
            "fail",
            "ask",
            "log",
        ],
    ),
    (
        "look up",
        &["show", "list", "mine", "available", "agents", "rules", "score", "notify", "whoami"],
    ),
    ("plan", &["plan", "goal"]),
    ("review", &["review"]),
    ("patrol", &["patrol"]),
    (
        "set up",
        &[
            "register",
            "login",
            "logout",
            "key",
            "profile",
            "onboard",
            "offboard",
            "skill",
            "update",
            "doctor",
            "completions",
            "man",
        ],
    ),
];

/// A page is this wide, whatever the terminal: it fits the smallest usual one.
const WIDTH: usize = 80;
/// Columns of the groups' names.
const LABEL: usize = 9;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// `-h`, and a command without what it needs.
    Short,
    /// `--help`.
    Full,
}

/// The help somebody asked for, instead of clap's; any other error as it is.
pub fn instead(error: clap::Error, root: Command, words: &[String]) -> clap::Error {
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return error;
    }
    let is_full = words.iter().any(|word| word.len() > 2 && "--help".starts_with(word.as_str()));
    let detail = if is_full { Detail::Full } else { Detail::Short };
    arranged(root, detail).try_get_matches_from(words).err().unwrap_or(error)
}

/// The command line with its help laid out.
fn arranged(mut root: Command, detail: Detail) -> Command {
    root.build(); // flags of every command are known to each from here on
    let everywhere: Vec<Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set() && !arg.is_hide_set())
        .cloned()
        .collect();
    let page = overview(&mut root, detail, &everywhere);
    let told = match detail {
        Detail::Short => named("Options everywhere (see --help): ", &everywhere),
        Detail::Full => described(&everywhere),
    };
    let names: Vec<String> = root.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        root = root.mut_subcommand(name, |command| own_first(command, &told));
    }
    root.override_help(page) // which clap does not wrap
}

/// A command whose help ends with the flags of every command.
fn own_first(mut command: Command, told: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |inner| own_first(inner, told));
    }
    let end = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    command
        .mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg })
        .after_help(format!("{end}\n\n{told}"))
}

/// All commands, by groups: their names, or a line about each.
fn overview(root: &mut Command, detail: Detail, everywhere: &[Arg]) -> String {
    let bold = Style::new().bold();
    let usage = root.render_usage();
    let about = root.get_about().map(ToString::to_string).unwrap_or_default();
    let mut page = format!("{about}\n\n{}\n\n", usage.ansi());
    for (group, commands) in GROUPS {
        let lines = match detail {
            Detail::Short => hang(&commands.join(", "), WIDTH - LABEL, "", ""),
            Detail::Full => {
                commands.iter().filter_map(|name| described_command(root, name)).collect()
            }
        };
        for (at, line) in lines.iter().enumerate() {
            let label = padded(if at == 0 { group } else { "" }, LABEL);
            let _ = writeln!(page, "{bold}{label}{bold:#}{line}");
        }
    }
    if detail == Detail::Short {
        let _ = writeln!(page, "\n{bold}Examples:{bold:#}");
        let end = root.get_after_help().map(ToString::to_string).unwrap_or_default();
        for example in help::examples(&end) {
            let _ = writeln!(page, "  {example}");
        }
    }
    let _ = writeln!(page, "\n{}", named("Options everywhere: ", everywhere));
    page.push_str(match detail {
        Detail::Short => "More: moss --help, moss COMMAND --help, moss man\n",
        Detail::Full => "More: moss COMMAND --help, with examples and exit codes; moss man\n",
    });
    page
}

/// `claim        Take a sub-task: this one, or the best one for you`
fn described_command(root: &Command, name: &str) -> Option<String> {
    let about = root.find_subcommand(name)?.get_about().map(ToString::to_string);
    Some(format!("{name:<13}{}", about.unwrap_or_default()))
}

/// The flags of every command, by their names, but for those that are given once and remembered.
fn named(label: &str, everywhere: &[Arg]) -> String {
    // A flag and its value stay on one line.
    let often = everywhere.iter().filter(|arg| !arg.is_hide_short_help_set());
    let names: Vec<_> = often.map(|arg| flag(arg).replace(' ', "\u{a0}")).collect();
    let line = format!("{label}{}", names.join(", "));
    hang(&line, WIDTH, "", "  ").join("\n").replace('\u{a0}', " ")
}

/// The flags of every command, with a line about each.
fn described(everywhere: &[Arg]) -> String {
    let width = everywhere.iter().map(|arg| columns(&flag(arg))).max().unwrap_or(0) + 2;
    let mut text = String::from("Options everywhere:");
    for arg in everywhere {
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let defaults: Vec<_> = if arg.get_action().takes_values() {
            arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect()
        } else {
            Vec::new()
        };
        let default = if defaults.is_empty() {
            String::new()
        } else {
            format!(" [default: {}]", defaults.join(", "))
        };
        let _ = write!(text, "\n  {}{about}{default}", padded(&flag(arg), width));
    }
    text
}

/// `--timeout <SECS>`
fn flag(arg: &Arg) -> String {
    arg.to_string()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Detail, GROUPS, arranged};
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_exactly_one_group() {
        let root = Cli::<crate::cli::Typed>::command();
        let mut visible: Vec<_> =
            root.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name()).collect();
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        visible.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, visible);
    }

    #[test]
    fn help_fits_a_screen() {
        for (detail, rows) in [(Detail::Short, 24), (Detail::Full, 43)] {
            let mut root = arranged(Cli::<crate::cli::Typed>::command(), detail);
            let help = root.render_help().to_string();
            assert!(help.lines().count() <= rows, "{help}");
            assert!(help.lines().all(|line| line.chars().count() <= super::WIDTH), "{help}");
        }
    }
}
