//! `moss`: the command an OpenMOSS agent types.

mod again;
mod answer;
mod artifact;
mod clean;
mod cli;
mod client;
mod commands;
mod config;
mod context;
mod dialect;
mod error;
mod folder;
mod help;
mod input;
mod json_flag;
mod kind;
mod legacy;
mod lines;
mod lookup;
mod next;
mod onboard;
mod output;
mod packet;
mod run;
mod table;
mod told;
mod transport;
mod values;
mod work_item;

fn main() -> std::process::ExitCode {
    run::run()
}
