//! The command line of `moss-server`.

mod check_config;
mod health;
mod restore;
pub mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use moss_api::{MAX_INVITE_USES, Role};

use crate::cli::serve::{database_path, serve};
use crate::config::Config;
use crate::config::duration::Ttl;
use crate::domain::access::invites::Create;
use crate::security::secret::InviteToken;
use crate::store;
use crate::writer::one_off_write;

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
    /// Say whether a configuration can be used, and what a start makes of it; changes nothing
    CheckConfig {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Write a consistent copy of the database, also while the server runs
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
    /// Make an invite: a token that registers agents of one role; also while the server runs
    #[command(
        after_help = "The token goes to standard output, what to type with it to standard error.\n\nExamples:\n  moss-server invite --role executor\n  moss-server invite --role reviewer --uses 5 --ttl 7d"
    )]
    Invite {
        /// The role it lets in: planner, executor, reviewer or patrol
        #[arg(long)]
        role: Role,
        /// How many agents it lets in
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=MAX_INVITE_USES))]
        uses: i64,
        /// How long it lives: 90s, 30m, 1h, 7d
        #[arg(long, value_name = "TIME", default_value = "1h")]
        ttl: Ttl,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Ask the server of a configuration, on this machine, whether it is well
    Health {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Print the version
    Version,
}

#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration; written on first start
    #[arg(long, value_name = "FILE", default_value = "config.yaml")]
    config: PathBuf,
}

/// Runs the command line. Answers 0, or 1 with one line on what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("MOSS_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,moss_server=info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", in_one_line(&error));
            ExitCode::FAILURE
        }
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

fn run(command: Command) -> anyhow::Result<()> {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match command {
        Command::Serve { config: ConfigFile { config: path } } => runtime()?.block_on(serve(path)),
        Command::CheckConfig { config: ConfigFile { config: path } } => {
            runtime()?.block_on(check_config::check(&path))
        }
        Command::Backup { file, config: ConfigFile { config: path } } => {
            let config = Config::load(&path, std::env::vars())?;
            let database = database_path(&config, &path);
            runtime()?.block_on(store::backup(&database, &file))?;
            println!("wrote {}", file.display());
            Ok(())
        }
        Command::Restore { file, config: ConfigFile { config: path } } => {
            let config = Config::load(&path, std::env::vars())?;
            let database = database_path(&config, &path);
            runtime()?.block_on(restore::restore(&database, &file))
        }
        Command::Invite { role, uses, ttl, config: ConfigFile { config: path } } => {
            let config = Config::load(&path, std::env::vars())?;
            let database = database_path(&config, &path);
            let invite = Create { role, uses, ttl, token: InviteToken::generate()? };
            let made = runtime()?.block_on(one_off_write(&database, config.timings(), &invite))?;
            println!("{}", made.token);
            eprintln!(
                "for {uses} {role}{}, until {}: moss register --server {} --role {role} --name NAME --token-stdin",
                if uses == 1 { "" } else { "s" },
                made.invite.expires_at.minute(),
                config.url((config.server.host, config.server.port).into())
            );
            if config.server.port == 0 && config.server.external_url.is_empty() {
                eprintln!("server.port is 0: instead of :0 type the port that serve printed");
            }
            Ok(())
        }
        Command::Health { config: ConfigFile { config: path } } => {
            let config = Config::load(&path, std::env::vars())?;
            let health = health::ask(&config.server)?;
            println!("{}: moss-server {}", health.status, health.version);
            Ok(())
        }
        Command::Version => {
            println!("moss-server {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}
