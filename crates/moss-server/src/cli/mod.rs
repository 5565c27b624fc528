//! The command line of `moss-server`.

mod output;

mod agent;
mod check_config;
mod configured;
mod health;
mod import;
mod init;
mod invite;
mod listening;
mod moving;
mod named;
mod pinned;
mod prompts;
mod restore;
pub mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use moss_api::Exit;

use crate::cli::agent::Agent;
use crate::cli::configured::{ConfigFile, Configured};
use crate::cli::import::Import;
use crate::cli::init::Init;
use crate::cli::invite::Invite;
use crate::cli::moving::Move;
use crate::cli::output::{eprintln, println};
use crate::cli::prompts::Prompts;
use crate::cli::serve::serve;
use crate::cli::verify::{Broken, Verify};
use crate::domain::{Error, Refusal};
use crate::store;
use crate::writer::OneOffError;

/// The companion of moss: tasks, claims, reviews and scores for agents.
#[derive(Debug, Parser)]
#[command(name = "moss-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    #[command(
        after_help = "Examples:\n  moss-server serve\n  moss-server serve --config /etc/moss/config.yaml\n  MOSS_SERVER__PORT=7000 moss-server serve"
    )]
    Serve {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Set a server up without a page, before its first start
    #[command(
        after_help = "The password is kept as its hash. The file with it may be removed then.\n\nExample:\n  moss-server init --admin-password-file pw --project news --workspace /srv/work"
    )]
    Init(Init),
    /// Say whether a configuration can be used, and what a start makes of it; changes nothing
    CheckConfig {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Write a consistent copy of a database of SQLite, also while the server runs
    Backup {
        /// The copy; must not exist
        file: PathBuf,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Put a backup in the place of the database, while no server runs; keeps what was there
    #[command(
        after_help = "The backup is checked first. What it replaces is kept beside it. A database that was\nreplaced by hand is taken as it is by naming it, which puts the log of the one before aside.\n\nExamples:\n  moss-server restore backup.db\n  moss-server restore data/tasks.db"
    )]
    Restore {
        /// A copy that moss-server backup has made
        file: PathBuf,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Move everything to another database, while no server runs; the old one stays as it is
    #[command(
        after_help = "It is done as a whole or not at all, and every row is read back and compared. The new\ndatabase must be there and hold nothing. Agents keep their keys.\n\nExamples:\n  moss-server move --from sqlite:data/tasks.db --to postgres://moss@db:5432/moss --to-password-file pw\n  moss-server move --from postgres://moss@db:5432/moss --to sqlite:data/tasks.db"
    )]
    Move(Move),
    /// Take over an installation of the original OpenMOSS: its agents, keys, work and scores
    #[command(
        after_help = "The original's database is only read, and may be gone back to. It is done as a whole or not\nat all. What did not fit is told.\n\nExamples:\n  moss-server import --from data/tasks.db --config config.yaml --dry-run\n  moss-server import --from data/tasks.db --config config.yaml --zone Asia/Shanghai"
    )]
    Import(Import),
    /// Look whether what must hold in a database does; also while servers use it; changes nothing
    #[command(
        after_help = "Exit codes: 0 all holds; 6 something does not, one line each; 1 it cannot be read.\n\nExamples:\n  moss-server verify\n  moss-server verify --database sqlite:backup.db\n  moss-server verify --database postgres://moss@db:5432/moss --password-file pw"
    )]
    Verify(Verify),
    /// Make an invite: a token that registers agents of one role; also while the server runs
    #[command(
        after_help = "The token goes to standard output, what to type with it to standard error.\n\nExamples:\n  moss-server invite --role executor\n  moss-server invite --role reviewer --uses 5 --ttl 7d"
    )]
    Invite(Invite),
    /// See the agents, let them in or keep them out, give them new keys; also while the server runs
    #[command(
        subcommand,
        after_help = "AGENT is a name, an id or its beginning; an id counts before a name. A running\nserver goes by what is changed here within a second.\n\nExamples:\n  moss-server agent list\n  moss-server agent disable AI-Wu\n  moss-server agent reset-key AI-Wu | moss login --server http://127.0.0.1:6565"
    )]
    Agent(Agent),
    /// Write prompts and rules into files, or let them say what files say; also while the server runs
    #[command(
        subcommand,
        after_help = "The files are templates/ROLE.md, agents/SLUG.md and rules/global.md or rules/ID.md. A prompt\nsays what it is between two lines of ---. Keep them beside your code; each import is a version.\n\nExamples:\n  moss-server prompts export texts\n  moss-server prompts import texts"
    )]
    Prompts(Prompts),
    /// Ask the server of a configuration, on this machine, whether it is well
    Health {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Print the version
    Version,
}

/// Runs the command line. Answers 0, or says in one line what went wrong: a refusal has its exit code
/// in the table that `moss` goes by, everything else is 1.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("MOSS_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,moss_server=info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // A line that cannot be written would be told of where it cannot be written: in a panic.
        .log_internal_errors(false)
        .init();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", in_one_line(&error));
            let refusal = refusal(&error);
            if let Some(hint) = refusal.and_then(|refusal| refusal.hint.as_ref()) {
                eprintln!("hint: {hint}");
            }
            let other = if error.is::<Broken>() { Exit::Conflict } else { Exit::Fault };
            ExitCode::from(refusal.map_or(other, |refusal| refusal.code.exit()).code())
        }
    }
}

/// The refusal an error is, if the answer was no.
fn refusal(error: &anyhow::Error) -> Option<&Refusal> {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(OneOffError::Refused(refusal)), _) | (_, Some(Error::Refused(refusal))) => {
            Some(refusal)
        }
        (Some(_) | None, Some(_) | None) => None,
    }
}

/// The error and its causes; most errors name their cause already, and it is not said twice.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string().replace('\n', " ");
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
    }
    line
}

/// Does this to its end. A thread that still waits for a disk or a pipe then is not waited for.
fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { config: ConfigFile { config: path } } => wait_for(serve(path)),
        Command::Init(init) => init.run(),
        Command::CheckConfig { config: ConfigFile { config: path } } => {
            wait_for(check_config::check(&path))
        }
        Command::Backup { file, config } => {
            let server = Configured::load(config)?;
            let database = server.database_file("backup", "pg_dump")?;
            wait_for(async { Ok(store::backup(&database, &file).await?) })?;
            println!("wrote {}", file.display());
            Ok(())
        }
        Command::Restore { file, config } => {
            let server = Configured::load(config)?;
            let database = server.database_file("restore", "pg_restore")?;
            wait_for(restore::restore(&database, &file))
        }
        Command::Move(it) => wait_for(it.run()),
        Command::Import(it) => wait_for(it.run()),
        Command::Verify(it) => wait_for(it.run()),
        Command::Invite(invite) => wait_for(invite.run()),
        Command::Agent(agent) => wait_for(agent.run()),
        Command::Prompts(it) => wait_for(it.run()),
        Command::Health { config } => {
            let server = Configured::load(config)?;
            let listens = server.listens().context("no server runs: server.port is 0")?;
            let health = health::ask(listens, server.certificate().as_deref())?;
            println!("{}: moss-server {}", health.status, health.version);
            Ok(())
        }
        Command::Version => {
            println!("moss-server {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_thread_that_waits_holds_up_no_end() {
        let (release, waits) = mpsc::channel::<()>();
        let begun = Instant::now();
        let done = wait_for(async move {
            tokio::task::spawn_blocking(move || waits.recv_timeout(Duration::from_secs(20)));
            Ok(())
        });
        assert!(done.is_ok() && begun.elapsed() < Duration::from_secs(10));
        drop(release);
    }
}
