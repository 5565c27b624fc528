//! What a shell offers when somebody presses TAB.
//!
//! The scripts in `completions/` know nothing of our commands: they hand over the words of the
//! command line, and print what is offered. So they never go stale, and ids and names come from
//! the server. Whatever goes wrong on the way, nothing is offered and nothing is said.

mod line;
mod live;
mod shell;
mod values;

use clap::Command;

use line::Next;
pub use shell::Shell;

/// Most that is offered at once of what a server holds.
const MAX_OFFERED: usize = 50;
/// Longest description, in characters.
const MAX_ABOUT: usize = 80;

/// Something that can be typed here, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word. Means nothing but itself to any shell.
    value: String,
    /// One line for a person, or nothing.
    about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: &str) -> Self {
        let about = moss_api::clip(&crate::clean::line(about), MAX_ABOUT);
        Self { value: value.into(), about }
    }
}

/// What fits where the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// These words, perhaps none.
    Words(Vec<Candidate>),
    /// A file: every shell completes those better itself.
    Files,
}

/// What the text for the shell's script is: words that fit between `before`, which begins with the
/// program's name, and the end of `word`, as far as it is typed.
pub fn answer(shell: Shell, root: Command, before: Vec<String>, word: String) -> String {
    let (before, word, kept) = shell.whole_words(before, word);
    shell.render(&offer(root, &before, &word), kept)
}

fn offer(mut root: Command, before: &[String], word: &str) -> Offer {
    root.build();
    let Some(place) = line::place(&root, before) else { return Offer::Words(Vec::new()) };
    match &place.next {
        Next::Value(arg) => values::of(&place, arg, before, word),
        Next::Anything if word.starts_with('-') => match word.split_once('=') {
            Some((flag, value)) => match line::flag(place.command, flag) {
                Some(arg) => tied(flag, values::of(&place, arg, before, value)),
                None => Offer::Words(Vec::new()),
            },
            None => Offer::Words(flags(&place, word)),
        },
        Next::Anything | Next::Operand => {
            let mut words = subcommands(&place, word);
            match place.positional() {
                Some(arg) => match values::of(&place, arg, before, word) {
                    Offer::Files => return Offer::Files,
                    Offer::Words(values) => words.extend(values),
                },
                // Nothing but flags can follow.
                None if words.is_empty() && word.is_empty() && place.next == Next::Anything => {
                    words = flags(&place, word);
                }
                None => {}
            }
            Offer::Words(words)
        }
    }
}

/// The values of `--flag=`, which shells take for one word with it.
fn tied(flag: &str, offer: Offer) -> Offer {
    match offer {
        Offer::Files => Offer::Files,
        Offer::Words(mut words) => {
            for word in &mut words {
                word.value = format!("{flag}={}", word.value);
            }
            Offer::Words(words)
        }
    }
}

fn subcommands(place: &line::Place<'_>, word: &str) -> Vec<Candidate> {
    if place.operands > 0 || place.next == Next::Operand {
        return Vec::new();
    }
    let visible = place.command.get_subcommands().filter(|c| !c.is_hide_set());
    visible
        .flat_map(|c| c.get_name_and_visible_aliases().into_iter().map(move |name| (name, c)))
        .filter(|(name, _)| name.starts_with(word))
        .map(|(name, c)| Candidate::new(name, &styled(c.get_about())))
        .collect()
}

/// Flags not given yet, in the order of `--help`.
fn flags(place: &line::Place<'_>, word: &str) -> Vec<Candidate> {
    let mut flags: Vec<_> = place
        .command
        .get_arguments()
        .filter(|arg| {
            !arg.is_hide_set() && (line::repeats(arg) || !place.given.contains(&arg.get_id()))
        })
        .filter_map(|arg| Some((format!("--{}", arg.get_long()?), arg)))
        .filter(|(flag, _)| flag.starts_with(word))
        .collect();
    flags.sort_by_key(|(_, arg)| (arg.get_help_heading().is_some(), arg.get_display_order()));
    flags.into_iter().map(|(flag, arg)| Candidate::new(flag, &styled(arg.get_help()))).collect()
}

/// The first line of a help text.
fn styled(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
