//! Developer commands of the moss workspace: `cargo xtask docs`, `cargo demo`, `cargo bench-moss`.

mod bench;
mod cargo;
mod demo;
mod docs;
mod role_commands;
mod server;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Developer commands of the moss workspace")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the generated documents and tables.
    Docs {
        /// Change nothing; fail when something is stale.
        #[arg(long)]
        check: bool,
    },
    /// Play the whole loop with the real binaries, in seconds.
    Demo {
        /// Leave the server up and say how to join in.
        #[arg(long)]
        keep: bool,
    },
    /// Measure what we promise, each number beside its reference.
    Bench {
        /// Only these.
        sections: Vec<bench::Section>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Docs { check } => docs::run(check),
        Command::Demo { keep } => demo::run(keep),
        Command::Bench { sections } => bench::run(&sections),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
