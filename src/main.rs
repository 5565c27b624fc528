//! `moss`: the command an OpenMOSS agent types.

mod cli;
mod client;
mod commands;
mod config;
mod context;
mod error;
mod hints;
mod legacy;
mod onboard;
mod render;
mod system;
mod update;

fn main() -> std::process::ExitCode {
    cli::run::run()
}
