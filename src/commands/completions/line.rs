//! From the words before the cursor to what can come next.

use clap::{Arg, ArgAction, Command, Id};

/// Where the cursor is.
#[derive(Debug)]
pub struct Cursor<'a> {
    /// The command whose arguments are being typed.
    pub command: &'a Command,
    /// Names on the way to it, without the program's.
    pub path: Vec<&'a str>,
    /// How many of its positional arguments are there already.
    pub operands: usize,
    /// Flags that are there already.
    pub given: Vec<&'a Id>,
    /// What the word at the cursor can be.
    pub next: Next<'a>,
}

/// What the word at the cursor can be.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// A value of this flag.
    Value(&'a Arg),
    /// A flag, a command, or a positional argument.
    Anything,
    /// A positional argument alone: `--` came before.
    Operand,
}

impl<'a> Cursor<'a> {
    /// The positional argument that comes next, if one can.
    pub fn positional(&self) -> Option<&'a Arg> {
        let mut positionals = self.command.get_positionals().filter(|arg| !arg.is_hide_set());
        positionals.nth(self.operands)
    }
}

/// Reads the words before the cursor, the program's name first. Nothing when they lead into a
/// command that is not taught.
pub fn locate<'a>(root: &'a Command, before: &[String]) -> Option<Cursor<'a>> {
    let mut cursor = Cursor {
        command: root,
        path: Vec::new(),
        operands: 0,
        given: Vec::new(),
        next: Next::Anything,
    };
    for word in before.iter().skip(1) {
        if let Next::Value(arg) = cursor.next {
            if !is_flag(word) {
                if !repeats_in_place(arg) {
                    cursor.next = Next::Anything;
                }
                continue;
            }
            cursor.next = Next::Anything;
        }
        if cursor.next == Next::Operand {
            cursor.operands += 1;
        } else if word == "--" {
            cursor.next = Next::Operand;
        } else if is_flag(word) {
            let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
            if let Some(arg) = flag(cursor.command, name) {
                cursor.given.push(arg.get_id());
                if name == word && awaits_value(arg) {
                    cursor.next = Next::Value(arg);
                }
            }
        } else if cursor.operands == 0
            && let Some(inner) = cursor.command.find_subcommand(word)
        {
            if inner.is_hide_set() {
                return None;
            }
            cursor.command = inner;
            cursor.path.push(inner.get_name());
        } else {
            cursor.operands += 1;
        }
    }
    Some(cursor)
}

/// `-` alone is standard input, and `-3` a number.
fn is_flag(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| !c.is_ascii_digit()))
}

/// The flag of this name, written whole or, as the parser allows, only begun.
pub fn flag<'a>(command: &'a Command, written: &str) -> Option<&'a Arg> {
    let name = written.strip_prefix("--")?;
    let named = |arg: &&Arg| {
        arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|a| a.contains(&name))
    };
    let begun = |arg: &&Arg| arg.get_long().is_some_and(|long| long.starts_with(name));
    let mut arguments = command.get_arguments();
    arguments.find(named).or_else(|| command.get_arguments().find(begun))
}

fn awaits_value(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|n| n.takes_values()) && !arg.is_require_equals_set()
}

/// Whether one flag takes several values: `--artifact a.py b.py`.
fn repeats_in_place(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|n| n.max_values() > 1)
}

/// Whether the flag may be given again.
pub fn repeats(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append | ArgAction::Count)
}
