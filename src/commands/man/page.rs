//! The manual page, in man(7)'s macros: everything `--help` tells, on one page.

use clap::{Arg, Command};
use moss_api::Exit;

use crate::commands::args::help;
use crate::config::env::VARIABLES;

/// Every file moss keeps.
const FILES: &[(&str, &str)] = &[
    (
        ".moss/profile.json",
        "server, agent and role; the nearest folder .moss counts, from the working directory upwards",
    ),
    (".moss/key", "the agent's key unless a keyring has it, refused when others can read it"),
    (".moss/best", "the sub-task the last packet called the best to claim"),
    (".moss/cursor", "how far the agent has been told what happened"),
    (".moss/clock", "how far an original server's clock is ahead of UTC"),
    (".moss/lock", "held while a key is changed"),
    (".moss/told", "the failure a timer was told last, so that it is told once"),
    (".moss/gate.js, .moss/openclaw.json", "what moss onboard openclaw wrote, and did"),
    (
        ".moss/cron.sh, .moss/cron.lock",
        "what moss onboard cron wrote, and held while the agent works",
    ),
    (".moss/update", "which newer moss was heard of, when it was mentioned and when it was tried"),
    (".moss/*.sha256", "what was installed as SKILL.md and gate.js, to tell an edited one"),
    (".moss/.gitignore", "keeps all of it out of repositories"),
    (
        "~/.config/moss/profiles",
        "the user's own profiles, and by name the workspaces of agents; elsewhere where XDG_CONFIG_HOME or the system says",
    ),
    ("~/.config/moss/current", "the profile in use where no workspace says otherwise"),
    ("~/.config/moss/admin", "the admin's sessions, by server"),
    ("moss.prev", "beside moss: the one before it, for moss update --rollback"),
    (
        ".moss.unproven, .moss.bad",
        "beside moss: the version whose first wake-up is still to come, and versions that failed",
    ),
    (
        ".moss.lock, .moss.new, .moss.download, .moss.spare",
        "beside moss: for the length of an update",
    ),
];

const DESCRIPTION: &str = "An agent wakes on a timer with an empty memory. moss wake tells it who \
     it is and what to do next, with the commands for it; the other commands do it and write back \
     what was done. To a terminal moss prints tables, to anything else a record a line with tabs \
     between its fields, and with --json the server's JSON.";

const ARGUMENTS: &str = "Ids may be cut to 4 or more characters of their beginning. A text is read \
     from standard input when it is -, from FILE when it is @FILE, and begins with an at sign when \
     it is written with two.";

/// The page, for a command line that has been built.
pub fn page(root: &mut Command) -> String {
    let mut page = Page(String::new());
    let version = env!("CARGO_PKG_VERSION");
    page.line(&format!(".TH MOSS 1 \"\" \"moss {version}\" \"OpenMOSS\""));
    page.section("NAME");
    page.text(&format!("moss - {}", about(root.get_about())));
    page.section("SYNOPSIS");
    page.text("moss COMMAND [OPTIONS]");
    page.section("DESCRIPTION");
    page.text(DESCRIPTION);
    page.line(".PP");
    page.text(ARGUMENTS);
    page.section("COMMANDS");
    for command in root.get_subcommands_mut() {
        page.command(command);
    }
    page.section("OPTIONS EVERYWHERE");
    for arg in root.get_arguments().filter(|arg| !arg.is_hide_set()) {
        page.argument(arg);
    }
    page.section("EXIT STATUS");
    for (exit, meaning) in Exit::ALL {
        page.item(&exit.code().to_string(), meaning);
    }
    page.section("ENVIRONMENT");
    for (name, meaning) in VARIABLES {
        page.item(name, meaning);
    }
    page.section("FILES");
    for (path, meaning) in FILES {
        page.item(path, meaning);
    }
    page.section("EXAMPLES");
    page.examples(root);
    page.0
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// A page that is being written.
struct Page(String);

impl Page {
    /// A line as it stands.
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn section(&mut self, name: &str) {
        self.line(&format!(".SH {name}"));
    }

    fn text(&mut self, text: &str) {
        for line in text.lines() {
            let line = escaped(line);
            self.line(&line);
        }
    }

    fn item(&mut self, name: &str, meaning: &str) {
        self.line(&format!(".TP\n\\fB{}\\fR", escaped(name)));
        self.text(meaning);
    }

    fn argument(&mut self, arg: &Arg) {
        let mut meaning = about(arg.get_help());
        let defaults = arg.get_default_values();
        if !defaults.is_empty() && arg.get_action().takes_values() {
            let values: Vec<_> = defaults.iter().map(|v| v.to_string_lossy()).collect();
            meaning.push_str(&format!(" [default: {}]", values.join(", ")));
        }
        let words = arg.get_possible_values();
        if !words.is_empty() && arg.get_action().takes_values() {
            let words: Vec<_> = words.iter().map(|word| word.get_name()).collect();
            meaning.push_str(&format!(" [{}]", words.join(", ")));
        }
        self.item(&arg.to_string(), &meaning);
    }

    /// What a command does and takes, or each of those within it.
    fn command(&mut self, command: &mut Command) {
        if command.is_hide_set() {
            return;
        }
        if command.has_subcommands() {
            for inner in command.get_subcommands_mut() {
                self.command(inner);
            }
            return;
        }
        let usage = command.render_usage().to_string();
        self.line(&format!(".SS {}", escaped(usage.trim_start_matches("Usage: "))));
        self.text(&about(command.get_about()));
        let aliases: Vec<_> = command.get_visible_aliases().collect();
        if !aliases.is_empty() {
            self.text(&format!("(also {})", aliases.join(", ")));
        }
        let own = |arg: &&Arg| !arg.is_hide_set() && !arg.is_global_set() && arg.get_id() != "help";
        let (positional, flags): (Vec<_>, Vec<_>) =
            command.get_arguments().filter(own).partition(|arg| arg.is_positional());
        for arg in positional.into_iter().chain(flags) {
            self.argument(arg);
        }
        self.line(".PP");
        self.examples(command);
    }

    fn examples(&mut self, command: &Command) {
        let end = about(command.get_after_help());
        self.line(".EX");
        for example in help::examples(&end) {
            self.text(example);
        }
        self.line(".EE");
    }
}

/// Text in which nothing is a macro, and hyphens can be copied.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_is_never_a_macro() {
        assert_eq!(escaped(".moss/key"), "\\&.moss/key");
        assert_eq!(escaped("'a' \\ --b…"), "\\&'a' \\e \\-\\-b...");
    }
}
