//! `--json` with or without fields.
//!
//! clap cannot tell the fields in `moss list --json id,name` from the id in
//! `moss show --json 01a3c9f2`, so the fields are tied to the flag before it parses.

use clap::Command;

/// The command line with `--json FIELDS` written as `--json=FIELDS`.
pub fn tie(mut arguments: Vec<String>, commands: impl FnOnce() -> Command) -> Vec<String> {
    let mut flags = arguments.iter().take_while(|a| *a != "--"); // behind it nothing is a flag
    let Some(at) = flags.position(|a| a == "--json") else { return arguments };
    let tied = match arguments.get(at + 1) {
        Some(next) if next.contains(',') => is_field_list(next),
        // One word alone: a field only where nothing else can follow, after a command that has
        // no subcommand of that name.
        Some(next) if at + 2 == arguments.len() && is_field_list(next) => {
            let before = arguments.get(1..at).unwrap_or_default();
            !is_subcommand(commands(), before, next)
        }
        Some(_) | None => false,
    };
    if tied {
        let fields = arguments.remove(at + 1);
        arguments[at] = format!("--json={fields}");
    }
    arguments
}

fn is_field_list(text: &str) -> bool {
    text.split(',').all(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}

fn is_subcommand(root: Command, before: &[String], word: &str) -> bool {
    let mut command = &root;
    for argument in before {
        if let Some(inner) = command.find_subcommand(argument) {
            command = inner;
        }
    }
    command.find_subcommand(word).is_some() || !before.iter().any(|a| !a.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::tie;
    use crate::cli::{Cli, Typed};
    use clap::CommandFactory;

    fn tied(line: &str) -> String {
        tie(line.split(' ').map(str::to_owned).collect(), Cli::<Typed>::command).join(" ")
    }

    #[test]
    fn fields_are_told_from_everything_else() {
        assert_eq!(tied("moss list --json id,name"), "moss list --json=id,name");
        assert_eq!(tied("moss list --json id"), "moss list --json=id");
        assert_eq!(tied("moss --json id,name list"), "moss --json=id,name list");
        for same in [
            "moss show --json 01a3c9f2",
            "moss --json list",
            "moss score --json board",
            "moss list --json --status done",
            "moss log add --json plan text",
            "moss list --json",
            "moss list",
            "moss completions bash --word=x -- moss list --json id",
        ] {
            assert_eq!(tied(same), same);
        }
    }
}
