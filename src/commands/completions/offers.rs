//! What a shell offers when somebody presses TAB.
//!
//! The scripts in `completions/` know nothing of our commands: they hand over the words of the
//! command line, and print what is offered. So they never go stale, and ids and names come from
//! the server. Whatever goes wrong on the way, nothing is offered and nothing is said.

use clap::Command;

use super::candidate::{Candidate, styled};
use super::line::{self, Next, Place};
use super::live;
use super::shell::{self, Shell};
use super::values::{self, Offer};

/// The text for the shell's script: what fits between `before`, which begins with the program's
/// name, and the end of `word`, as far as it is typed.
pub async fn answer(shell: Shell, mut root: Command, before: Vec<String>, word: String) -> String {
    let unbuilt = root.clone();
    root.build();
    let (before, word, kept) = shell.whole_words(before, word);
    let Some(place) = line::place(&root, &before) else { return String::new() };
    // Shells take `--flag=value` for one word.
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) if place.next == Next::Anything && flag.starts_with('-') => {
            (flag, value)
        }
        Some(_) | None => ("", word.as_str()),
    };
    let offer = match flag {
        "" => offer(&place, value),
        flag => line::flag(place.command, flag)
            .map_or(Offer::Words(Vec::new()), |arg| values::of(&place, arg, value)),
    };
    let mut words = match offer {
        Offer::Files => return shell::FILES.to_owned(),
        Offer::Words(words) => words,
        Offer::Known(wanted) => {
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

fn offer(place: &Place<'_>, word: &str) -> Offer {
    match place.next {
        Next::Value(arg) => values::of(place, arg, word),
        Next::Anything if word.starts_with('-') => Offer::Words(flags(place, word)),
        Next::Anything if place.command.has_subcommands() => Offer::Words(subcommands(place, word)),
        Next::Anything | Next::Operand => match place.positional() {
            Some(arg) => values::of(place, arg, word),
            // Nothing but flags can follow.
            None if word.is_empty() && place.next == Next::Anything => {
                Offer::Words(flags(place, word))
            }
            None => Offer::Words(Vec::new()),
        },
    }
}

fn subcommands(place: &Place<'_>, word: &str) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for command in place.command.get_subcommands().filter(|c| !c.is_hide_set()) {
        for name in command.get_name_and_visible_aliases() {
            if name.starts_with(word) {
                candidates.push(Candidate::new(name, &styled(command.get_about())));
            }
        }
    }
    candidates
}

/// Flags not given yet: the command's own before those of every command.
fn flags(place: &Place<'_>, word: &str) -> Vec<Candidate> {
    let (mut own, mut general) = (Vec::new(), Vec::new());
    for arg in place.command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let flag = format!("--{long}");
        let again = line::repeats(arg) || !place.given.contains(&arg.get_id());
        if flag.starts_with(word) && again && !arg.is_hide_set() {
            let list = if arg.get_help_heading().is_some() { &mut general } else { &mut own };
            list.push(Candidate::new(flag, &styled(arg.get_help())));
        }
    }
    own.append(&mut general);
    own
}
