//! This command line again, with something changed: for hints that run as printed.

use moss_api::DEFAULT_PAGE_SIZE;

use crate::render::sanitize;
use crate::system::shell::quoted;

/// Flags that carry a secret; hints never repeat them.
const SECRET: [&str; 2] = ["--key", "--token"];

/// The command line of this process with `flag value` in place of any earlier `flag`.
pub fn with(flag: &str, value: &str) -> String {
    line(std::env::args().skip(1), &[flag], &[(flag, value)])
}

/// The command line of this process.
pub fn same() -> String {
    line(std::env::args().skip(1), &[], &[])
}

/// The command line of this process for the page `number` of `size` rows. The size is only spoken
/// of when it is another than this one's.
pub fn with_page(number: i64, size: i64) -> String {
    next_page(std::env::args().skip(1), number, size)
}

fn next_page(arguments: impl Iterator<Item = String>, number: i64, size: i64) -> String {
    let arguments: Vec<String> = arguments.collect();
    let (number, size) = (number.to_string(), size.to_string());
    if size == asked_size(&arguments) {
        return line(arguments.into_iter(), &["--page"], &[("--page", &number)]);
    }
    let changes = [("--page", number.as_str()), ("--page-size", size.as_str())];
    line(arguments.into_iter(), &["--page", "--page-size", "--limit"], &changes)
}

/// How many rows in a page the command line asks for.
fn asked_size(arguments: &[String]) -> String {
    let mut asked = DEFAULT_PAGE_SIZE.to_string();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, value) = argument.split_once('=').unzip();
        if matches!(name.unwrap_or(argument), "--page-size" | "--limit") {
            asked = value.or(rest.next().map(String::as_str)).unwrap_or_default().to_owned();
        }
    }
    asked
}

fn line(
    arguments: impl Iterator<Item = String>,
    dropped: &[&str],
    added: &[(&str, &str)],
) -> String {
    let mut line = String::from("moss");
    let mut skip = false;
    for argument in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        let name = argument.split('=').next().unwrap_or_default();
        if dropped.contains(&name) || SECRET.contains(&name) {
            let is_switch = added.iter().any(|(flag, value)| *flag == name && value.is_empty());
            skip = !is_switch && !argument.contains('=');
            continue;
        }
        line.push(' ');
        line.push_str(&match argument.split_once('=') {
            Some((name, value)) => format!("{}={}", shown(name), shown(value)),
            None => shown(&argument),
        });
    }
    for (flag, value) in added {
        line.push(' ');
        line.push_str(flag);
        if !value.is_empty() {
            line.push(' ');
            line.push_str(&quoted(value));
        }
    }
    line
}

/// As a shell reads it back; what cannot be seen whole is left to whoever typed it.
fn shown(argument: &str) -> String {
    if sanitize::line(argument) == argument { quoted(argument) } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{line, next_page};

    fn again(arguments: &str, flag: &str, value: &str) -> String {
        line(arguments.split(' ').map(str::to_owned), &[flag], &[(flag, value)])
    }

    #[test]
    fn the_size_of_a_page_is_named_when_it_changed() {
        for (typed, size, next) in [
            ("list", 50, "moss list --page 3"),
            ("list --page 2", 50, "moss list --page 3"),
            ("list --page-size 10", 10, "moss list --page-size 10 --page 3"),
            ("list --limit=10", 10, "moss list --limit=10 --page 3"),
            ("list", 16, "moss list --page 3 --page-size 16"),
            ("list --limit 100 --page 2 --tasks", 8, "moss list --tasks --page 3 --page-size 8"),
            ("list --page-size=32", 8, "moss list --page 3 --page-size 8"),
        ] {
            let arguments = typed.split(' ').map(str::to_owned);
            assert_eq!(next_page(arguments, 3, size), next, "{typed}");
        }
    }

    #[test]
    fn a_flag_is_replaced_and_secrets_are_dropped() {
        assert_eq!(
            again("list --page 2 --status done", "--page", "3"),
            "moss list --status done --page 3"
        );
        assert_eq!(again("list --page=2", "--page", "3"), "moss list --page 3");
        assert_eq!(again("--key ak_1 st list", "--page", "2"), "moss st list --page 2");
        assert_eq!(again("--all show 01a3", "--all", ""), "moss show 01a3 --all");
        assert_eq!(again("log list --agent a\n->", "--all", ""), "moss log list --agent … --all");
    }
}
