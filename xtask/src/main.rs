//! Developer commands of the moss workspace: `cargo xtask docs`, `cargo xtask dist`, `cargo demo`,
//! `cargo bench-moss`.

// These play with processes and signals; releases are built on Windows too.
#[cfg(unix)]
mod bench;
#[cfg(unix)]
mod demo;
mod dist;
mod docs;
#[cfg(unix)]
mod picture;
mod workspace;

use std::path::PathBuf;
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
    Dist(dist::Dist),
    Sign(dist::Sign),
    Recall(dist::Recall),
    Renew(dist::Renew),
    /// Make the two keys that releases are signed with
    ReleaseKeys {
        /// Where to; nothing there is replaced.
        folder: PathBuf,
    },
    /// Play the whole loop with the real binaries, in seconds.
    #[cfg(unix)]
    Demo {
        /// Leave the server up and say how to join in.
        #[arg(long)]
        keep: bool,
    },
    /// Draw docs/terminal.svg: what a person sees of the loop.
    #[cfg(unix)]
    Picture,
    /// Measure what we promise, each number beside its reference.
    #[cfg(unix)]
    Bench {
        /// Only these.
        sections: Vec<bench::Section>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Docs { check } => docs::run(check),
        Command::Dist(dist) => dist.run(),
        Command::Sign(sign) => sign.run(),
        Command::Recall(recall) => recall.run(),
        Command::Renew(renew) => renew.run(),
        Command::ReleaseKeys { folder } => dist::release_keys(&folder),
        #[cfg(unix)]
        Command::Demo { keep } => demo::run(keep),
        #[cfg(unix)]
        Command::Picture => picture::run(),
        #[cfg(unix)]
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
