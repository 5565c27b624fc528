//! What a shell offers when somebody presses TAB.
//!
//! The scripts in `completions/` know nothing of our commands: they hand over the words of the
//! command line, and print what is offered. So they never go stale, and ids and names come from
//! the server. Whatever goes wrong on the way, nothing is offered and nothing is said.

use clap::Command;

use super::candidate::{Candidate, styled};
use super::line::{self, Cursor, Next};
use super::live;
use super::shell::{self, Shell};
use super::values::{self, Offer};

/// The text for the shell's script: what fits between `before`, which begins with the program's
/// name, and the end of `word`, as far as it is typed.
pub async fn answer(shell: Shell, mut root: Command, before: Vec<String>, word: String) -> String {
    let unbuilt = root.clone();
    root.build();
    let (before, word, kept) = shell.whole_words(before, word);
    let Some(cursor) = line::locate(&root, &before) else { return String::new() };
    // Shells take `--flag=value` for one word.
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) if cursor.next == Next::Anything && flag.starts_with('-') => {
            (flag, value)
        }
        Some(_) | None => ("", word.as_str()),
    };
    let offer = match flag {
        "" => offer(&cursor, value),
        flag => line::flag(cursor.command, flag)
            .map_or(Offer::Words(Vec::new()), |arg| values::of(&cursor, arg, value)),
    };
    let mut words = match offer {
        Offer::Files => return shell::FILES.to_owned(),
        Offer::Words(words) => words,
        Offer::Lookup(wanted) => {
            live::ask(unbuilt, wanted, &before, value).await.unwrap_or_default()
        }
    };
    if !flag.is_empty() {
        for word in &mut words {
            word.value = format!("{flag}={}", word.value);
        }
    }
    shell.render(&words, kept)
}

fn offer(cursor: &Cursor<'_>, word: &str) -> Offer {
    match cursor.next {
        Next::Value(arg) => values::of(cursor, arg, word),
        Next::Anything if word.starts_with('-') => Offer::Words(flags(cursor, word)),
        Next::Anything if cursor.command.has_subcommands() => {
            Offer::Words(subcommands(cursor, word))
        }
        Next::Anything | Next::Operand => match cursor.positional() {
            Some(arg) => values::of(cursor, arg, word),
            // Nothing but flags can follow.
            None if word.is_empty() && cursor.next == Next::Anything => {
                Offer::Words(flags(cursor, word))
            }
            None => Offer::Words(Vec::new()),
        },
    }
}

fn subcommands(cursor: &Cursor<'_>, word: &str) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for command in cursor.command.get_subcommands().filter(|c| !c.is_hide_set()) {
        for name in command.get_name_and_visible_aliases() {
            if name.starts_with(word) {
                candidates.push(Candidate::new(name, &styled(command.get_about())));
            }
        }
    }
    candidates
}

/// Flags not given yet: the command's own before those of every command.
fn flags(cursor: &Cursor<'_>, word: &str) -> Vec<Candidate> {
    let (mut own, mut general) = (Vec::new(), Vec::new());
    for arg in cursor.command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let flag = format!("--{long}");
        let again = line::repeats(arg) || !cursor.given.contains(&arg.get_id());
        if flag.starts_with(word) && again && !arg.is_hide_set() {
            let list = if arg.get_help_heading().is_some() { &mut general } else { &mut own };
            list.push(Candidate::new(flag, &styled(arg.get_help())));
        }
    }
    own.append(&mut general);
    own
}
