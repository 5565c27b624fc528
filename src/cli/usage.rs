//! What is wrong with a command line, and how the command is typed.

use std::error::Error as _;

use clap::Command;
use clap::error::{ContextKind, ErrorKind};

use crate::commands::args::{BadWord, likeness};
use crate::render::sanitize;

/// What is wrong with `root`'s command line, and what to type instead.
pub fn told(error: &clap::Error, root: &Command) -> (String, String) {
    let text = quoted_words(error);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let mut message = first.trim_start_matches("error:").trim().to_owned();
    if message.ends_with(':') {
        let listed: Vec<_> = lines.take_while(|line| !line.starts_with("Usage:")).collect();
        message = format!("{message} {}", listed.join(", "));
    }
    let hint = without_flag(error, root).or_else(|| suggestion(error, root)).unwrap_or_else(|| {
        let is_odd = error.kind() == ErrorKind::UnknownArgument;
        if is_odd { usage_of_typed(root) } else { usage_line(&text) }
    });
    (message, hint)
}

/// The message, with what was typed quoted where more than a plain word was.
fn quoted_words(error: &clap::Error) -> String {
    let typed =
        [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand];
    let mut text = error.to_string();
    for word in typed.iter().filter_map(|kind| error.get(*kind)).map(ToString::to_string) {
        let is_plain = |c: char| c.is_alphanumeric() || " -_./:=@,+<>[]…".contains(c);
        if !word.chars().all(is_plain) {
            text =
                text.replace(&format!("'{word}'"), &sanitize::quoted(&moss_api::clip(&word, 60)));
        }
    }
    text
}

fn suggestion(error: &clap::Error, root: &Command) -> Option<String> {
    if let Some(bad) = error.source().and_then(|source| source.downcast_ref::<BadWord>()) {
        return bad.hint();
    }
    let typed =
        [ContextKind::InvalidSubcommand, ContextKind::InvalidValue, ContextKind::InvalidArg];
    let typed = typed.iter().find_map(|kind| error.get(*kind)).map(ToString::to_string);
    let typed = typed.unwrap_or_default();
    [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .iter()
        .filter_map(|kind| error.get(*kind))
        .flat_map(|suggested| {
            suggested.to_string().split(", ").map(str::to_owned).collect::<Vec<_>>()
        })
        .find(|word| !is_hidden(root, word) && likeness(&typed, word).is_some())
        .map(|word| format!("did you mean {word}?"))
}

/// What is given by its place alone, for somebody who gave it a flag: `score adjust --reason TEXT`.
fn without_flag(error: &clap::Error, root: &Command) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let odd = error.get(ContextKind::InvalidArg)?.to_string();
    // A place that takes any text has taken the flag for one.
    let words = typed_words();
    let before = || words.windows(2).find(|pair| pair.last() == Some(&odd))?.first().cloned();
    let flag = if odd.starts_with("--") { odd.clone() } else { before()? };
    let name = flag.strip_prefix("--")?.replace('-', "_");
    let has = typed_command(root).get_positionals().any(|place| place.get_id() == name.as_str());
    has.then(|| format!("{} takes no flag: {}", name.to_uppercase(), usage_of_typed(root)))
}

fn typed_words() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// The command that was typed, whatever is wrong with the rest of its line.
fn typed_command(root: &Command) -> Command {
    let mut command = root.clone();
    command.build();
    for word in typed_words() {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner.clone();
        }
    }
    command
}

/// How it is typed. What clap tells after a flag it does not know may have another flag in it.
fn usage_of_typed(root: &Command) -> String {
    usage_line(&typed_command(root).render_usage().to_string())
}

/// The original's words work, but are not taught.
fn is_hidden(root: &Command, word: &str) -> bool {
    root.find_subcommand(word).is_some_and(Command::is_hide_set)
}

fn usage_line(text: &str) -> String {
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage:"));
    match usage {
        Some(usage) => format!("{} (more: --help)", usage.trim()),
        None => "see --help".to_owned(),
    }
}
