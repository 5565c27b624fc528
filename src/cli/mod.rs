//! The command line.

pub mod json_flag;
pub mod original_dialect;
mod run;

pub use run::run;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::commands as c;
use crate::commands::args::help;

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
        match text {
            Some(mut text) if text.get(1).is_some_and(|word| word == "help") => {
                text.remove(1);
                text.push("--help".to_owned());
                Self::try_parse_from(text)
            }
            Some(text) if text.get(1).is_some_and(|word| word == "wake") => {
                let Cli { global, command: Waking::Wake(wake) } =
                    Cli::<Waking>::try_parse_from(json_flag::tie(text, Cli::<Waking>::command))?;
                Ok(Self { global, command: Typed::Ours(Command::Wake(wake)) })
            }
            Some(text) => Self::try_parse_from(json_flag::tie(text, Self::command)),
            None => Self::try_parse_from(arguments), // a path may be anything; clap judges the rest
        }
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

/// Heading of the flags every command has.
const EVERYWHERE: &str = "Options everywhere";

/// Flags every command has.
#[derive(Args, Clone, Debug)]
pub struct GlobalFlags {
    /// Print JSON; with =FIELDS only these, comma separated
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FIELDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub json: Option<String>,
    /// Print everything, however long
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub all: bool,
    /// Seconds the whole command may take
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "SECS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Server URL, instead of the profile's or MOSS_SERVER
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    pub server: Option<String>,
    /// File with the agent's key, `-` for standard input, instead of the profile's
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PATH")]
    pub key_file: Option<PathBuf>,
    /// Profile to use: a name from moss profile list, or a path, instead of the nearest .moss/
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Act as this agent: with a profile of yours, else as the admin you logged in as
    #[arg(long = "as", global = true, help_heading = EVERYWHERE, value_name = "AGENT", conflicts_with = "profile")]
    pub as_agent: Option<String>,
    /// Never ask anything, also not at a terminal; MOSS_NO_INPUT does the same
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub no_input: bool,
    /// Tell each request on standard error, without the key
    #[arg(long, global = true, hide = true)]
    pub debug: bool,
    /// The original's way to pass a key
    #[arg(long, global = true, hide = true)]
    pub key: Option<String>,
}

impl GlobalFlags {
    /// How long the whole command may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The JSON fields asked for; none when JSON was not asked for, empty for all.
    pub fn json_fields(&self) -> Option<Vec<String>> {
        let fields = self.json.as_deref()?;
        Some(
            fields.split(',').map(str::trim).filter(|f| !f.is_empty()).map(str::to_owned).collect(),
        )
    }
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
    /// Print what makes your shell complete commands, ids and names
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
    /// Use a key you have, for this folder; or log in as the admin
    Login(c::login::Login),
    /// Forget the key of this folder
    Logout(c::logout::Logout),
    #[command(subcommand)]
    Key(c::key::Keys),
    #[command(subcommand)]
    Profile(c::profile::Profile),
    /// Bring moss and its files in this workspace up to date
    Update(c::update::Update),
    /// Find out what is wrong, and what mends it
    Doctor(c::doctor::Doctor),
}

/// Every command that acts as an agent. The arguments of one are only built when it is the one
/// that was typed: a timer pays for this on every tick.
#[derive(Subcommand, Clone, Debug)]
#[command(defer = true)]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Command {
    /// Ask who you are and what to do next, in one packet
    Wake(c::wake::Wake),
    #[command(subcommand)]
    Plan(c::plan::Plan),
    /// Take a sub-task: this one, or the best one for you
    Claim(c::claim::Claim),
    /// Begin a sub-task you hold, or begin again after a rejection
    Start(c::start::Start),
    /// Hand in a sub-task for review, with what you did and the files
    Submit(c::submit::Submit),
    /// Give a sub-task back, so that anyone may claim it
    Release(c::release::Release),
    /// Report that a sub-task cannot be done as things are
    Fail(c::fail::Fail),
    /// Keep a sub-task you hold; any other command on it does so too
    Heartbeat(c::heartbeat::Heartbeat),
    #[command(subcommand)]
    Review(c::review::Review),
    #[command(subcommand)]
    Patrol(c::patrol::Patrol),
    #[command(subcommand)]
    Log(c::log::Log),
    #[command(subcommand)]
    Score(c::score::Score),
    /// Everything about one sub-task or task
    Show(c::show::Show),
    /// Sub-tasks of everybody, or tasks, or a task's modules
    List(c::list::List),
    /// Sub-tasks assigned to you, whatever their status
    Mine(c::mine::Mine),
    /// Sub-tasks anyone may claim
    Available(c::available::Available),
    /// Who is registered
    Agents(c::agents::Agents),
    /// The rules that apply to you
    Rules(c::rules::Rules),
    /// Where and of what to notify people; sending is up to you
    #[command(alias = "notification")]
    Notify(c::notify::Notify),
    /// Which agent, server and key are in use, and whether they work
    Whoami(c::whoami::Whoami),
    #[command(subcommand)]
    Skill(c::skill::Skill),
    #[command(subcommand)]
    Onboard(c::onboard::Onboard),
    /// Name the session that works on a sub-task
    #[command(hide = true)]
    Session(c::session::Session),
}
