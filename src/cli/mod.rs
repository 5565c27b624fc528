//! The command line.

mod command;
mod json_flag;
mod original_dialect;
mod overview;
pub mod run;
mod usage;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands as c;
use crate::commands::args::help;
use crate::config::flags::GlobalFlags;
use command::Command;

/// Ask what to do, do it, hand it in, judge it
#[derive(Parser, Debug)]
#[command(
    name = "moss",
    version,
    max_term_width = 100,
    infer_long_args = true,
    disable_help_subcommand = true,
    after_help = help::end(
        &["moss wake                 # who am I, what is there to do, with which commands",
          "moss claim --start        # take the best sub-task and begin",
          "moss show 01a3c9f2        # everything about one thing"],
        &[moss_api::Exit::Nothing, moss_api::Exit::NotFound, moss_api::Exit::Conflict],
    )
)]
pub struct Cli<C: Subcommand = Typed> {
    /// Flags every command has
    #[command(flatten)]
    pub global: GlobalFlags,
    /// What to do
    #[command(subcommand)]
    pub command: C,
}

impl Cli {
    /// The command line, or what is wrong with it.
    ///
    /// # Errors
    /// What clap makes of it; asking for help is an error too.
    pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.collect();
        let text: Option<Vec<String>> =
            arguments.iter().map(|a| a.to_str().map(str::to_owned)).collect();
        let Some(mut text) = text else {
            return Self::try_parse_from(arguments); // a path may be anything; clap judges the rest
        };
        let first = first_word(&text);
        if text.get(first).is_some_and(|word| word == "help") {
            text.remove(first);
            text.push("--help".to_owned());
        }
        Self::parse(&text).map_err(|error| overview::instead(error, Self::command(), &text))
    }

    fn parse(text: &[String]) -> Result<Self, clap::Error> {
        if text.get(1).is_none_or(|word| word != "wake") {
            return Self::try_parse_from(json_flag::tie(text.to_vec(), Self::command));
        }
        let words = json_flag::tie(text.to_vec(), Cli::<Waking>::command);
        let Cli { global, command: Waking::Wake(wake) } = Cli::<Waking>::try_parse_from(words)?;
        Ok(Self { global, command: Typed::Ours(Command::Wake(wake)) })
    }
}

/// Where the command begins: the original's client is given its key before it.
fn first_word(text: &[String]) -> usize {
    match text.get(1).map(String::as_str) {
        Some("--key") => 3,
        Some(word) if word.starts_with("--key=") => 2,
        Some(_) | None => 1,
    }
}

/// [`Typed`] for timers. clap gives every flag to every command it knows before it looks at what
/// was typed, which takes longer than all the rest of a wake-up.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
enum Waking {
    /// Ask who you are and what to do next, in one packet
    Wake(c::wake::Wake),
}

/// What was typed: a command of ours, the one that makes an agent of its caller, or one of the
/// original's.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Typed {
    #[command(flatten)]
    Ours(Command),
    #[command(flatten)]
    Person(Person),
    /// Print what makes your shell complete commands and names
    Completions(c::completions::Completions),
    /// Find out whether this build works at all
    #[command(hide = true)]
    SelfTest(crate::commands::self_test::SelfTest),
    /// Print the manual page
    Man(c::man::Man),
    #[command(flatten)]
    Old(original_dialect::Old),
}

/// Commands of people: getting on board, and finding out what is wrong.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
pub enum Person {
    /// Register an agent, and keep its key for this folder
    Register(c::register::Register),
    /// Use a key you have in this folder, or log in as the admin
    Login(c::login::Login),
    /// Forget the key of this folder
    Logout(c::logout::Logout),
    #[command(subcommand)]
    Goal(c::goal::Goal),
    #[command(subcommand)]
    Key(c::key::Keys),
    #[command(subcommand)]
    Profile(c::profile::Profile),
    /// Bring moss and its files in this workspace up to date
    Update(c::update::Update),
    /// Find out what is wrong, and what mends it
    Doctor(c::doctor::Doctor),
    #[command(subcommand)]
    Offboard(c::offboard::Offboard),
}
