//! The original client's command lines, translated into ours.
//!
//! `python task-cli.py --key K …` becomes `moss …`: the same words, the same flags, hidden from
//! `--help`. What the original spells as we do (`score me`, `log mine`, `agents`, …) needs nothing
//! here; `register`, `log create`, `score leaderboard`, `review create` and `notification` are
//! aliases where the command itself is.

use clap::Subcommand;
use moss_api::IdPrefix;

use super::command::Command;
use crate::commands::args;
use crate::commands::available::Available;
use crate::commands::claim::Claim;
use crate::commands::list::List;
use crate::commands::mine::Mine;
use crate::commands::patrol::{Block, Patrol};
use crate::commands::plan::{self, Plan};
use crate::commands::review::Review;
use crate::commands::session::Session;
use crate::commands::show::Show;
use crate::commands::start::Start;
use crate::commands::submit::Submit;
use crate::config::flags::GlobalFlags;

/// What the original spells in another way. Its flags are ours or beginnings of ours
/// (`--desc`, `--module-id`), so most of it takes our arguments as they are.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Old {
    #[command(subcommand, hide = true)]
    Task(Task),
    #[command(subcommand, hide = true)]
    Module(Module),
    #[command(subcommand, hide = true)]
    St(St),
}

/// The original's `task …`
#[derive(Subcommand, Debug)]
#[command(defer = true)]
pub enum Task {
    Create(plan::Task),
    List(List),
    Get(Show),
    Edit(plan::Edit),
    Status(plan::Status),
    Cancel(plan::Cancel),
}

/// The original's `module …`
#[derive(Subcommand, Debug)]
#[command(defer = true)]
pub enum Module {
    Create(plan::AddModule),
    List {
        #[arg(value_parser = args::id)]
        task_id: IdPrefix,
    },
}

/// The original's `st …`: sub-tasks
#[derive(Subcommand, Debug)]
#[command(defer = true)]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum St {
    Create(plan::Add),
    List(List),
    Get(Show),
    Mine(Mine),
    Available(Available),
    Latest {
        #[arg(value_parser = args::id)]
        task_id: IdPrefix,
    },
    Claim(Claim),
    Start(Start),
    Submit(Submit),
    Edit(plan::Edit),
    Cancel(plan::Cancel),
    Block {
        #[arg(value_parser = args::id)]
        id: IdPrefix,
    },
    Session(Session),
    Reassign(plan::Assign),
}

/// What a command of ours means when the original's client spells it alike. It passes the key on
/// every line, and its `review list` lists verdicts.
pub fn meant(mut command: Command, global: &GlobalFlags) -> Command {
    if global.key.is_some()
        && let Command::Review(Review::List(list)) = &mut command
    {
        list.records = true;
    }
    command
}

impl Old {
    /// The same in our own words.
    pub fn plain(self) -> Command {
        match self {
            Self::Task(task) => task.plain(),
            Self::Module(module) => module.plain(),
            Self::St(st) => st.plain(),
        }
    }
}

impl Task {
    fn plain(self) -> Command {
        match self {
            Self::Create(task) => Command::Plan(Plan::Task(task)),
            Self::List(list) => Command::List(List { tasks: true, ..list }),
            Self::Get(show) => Command::Show(show),
            Self::Edit(edit) => Command::Plan(Plan::Edit(edit)),
            Self::Status(status) => Command::Plan(Plan::Status(status)),
            Self::Cancel(cancel) => Command::Plan(Plan::Cancel(cancel)),
        }
    }
}

impl Module {
    fn plain(self) -> Command {
        match self {
            Self::Create(module) => Command::Plan(Plan::Module(module)),
            Self::List { task_id } => {
                Command::List(List { modules: Some(task_id), ..List::default() })
            }
        }
    }
}

impl St {
    fn plain(self) -> Command {
        match self {
            Self::Create(add) => Command::Plan(Plan::Add(add)),
            Self::List(list) => Command::List(list),
            Self::Get(show) => Command::Show(show),
            Self::Mine(mine) => Command::Mine(mine),
            Self::Available(available) => Command::Available(available),
            Self::Latest { task_id } => {
                Command::Mine(Mine { latest: Some(task_id), ..Mine::default() })
            }
            Self::Claim(claim) => Command::Claim(claim),
            Self::Start(start) => Command::Start(start),
            Self::Submit(submit) => Command::Submit(Submit { is_bare: true, ..submit }),
            Self::Edit(edit) => Command::Plan(Plan::Edit(edit)),
            Self::Cancel(cancel) => Command::Plan(Plan::Cancel(cancel)),
            Self::Block { id } => Command::Patrol(Patrol::Block(Block { id, reason: None })),
            Self::Session(session) => Command::Session(session),
            Self::Reassign(assign) => Command::Plan(Plan::Assign(assign)),
        }
    }
}
