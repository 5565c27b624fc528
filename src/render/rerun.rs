//! This command line again, with something changed: for hints that run as printed.

use crate::render::sanitize;
use crate::system::shell::quoted;

/// Flags that carry a secret; hints never repeat them.
const SECRET: [&str; 2] = ["--key", "--token"];

/// The command line of this process with `flag value` in place of any earlier `flag`.
pub fn with(flag: &str, value: &str) -> String {
    line(std::env::args().skip(1), flag, value)
}

fn line(arguments: impl Iterator<Item = String>, flag: &str, value: &str) -> String {
    let mut line = String::from("moss");
    let mut skip = false;
    for argument in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        let name = argument.split('=').next().unwrap_or_default();
        if name == flag || SECRET.contains(&name) {
            let has_value = !value.is_empty() || name != flag;
            skip = has_value && !argument.contains('=');
            continue;
        }
        line.push(' ');
        line.push_str(&match argument.split_once('=') {
            Some((name, value)) => format!("{}={}", shown(name), shown(value)),
            None => shown(&argument),
        });
    }
    line.push(' ');
    line.push_str(flag);
    if !value.is_empty() {
        line.push(' ');
        line.push_str(&quoted(value));
    }
    line
}

/// As a shell reads it back; what cannot be seen whole is left to whoever typed it.
fn shown(argument: &str) -> String {
    if sanitize::line(argument) == argument { quoted(argument) } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::line;

    fn again(arguments: &str, flag: &str, value: &str) -> String {
        line(arguments.split(' ').map(str::to_owned), flag, value)
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
