//! `moss`: the command an OpenMOSS agent types.

mod again;
mod answer;
mod artifact;
mod child;
mod clean;
mod cli;
mod client;
mod clock;
mod commands;
mod complete;
mod config;
mod context;
mod dialect;
mod doctor;
mod error;
mod files;
mod folder;
mod help;
mod home;
mod identity;
mod input;
mod json_flag;
mod key;
mod key_store;
mod kind;
mod legacy;
mod lines;
mod lookup;
mod manual;
mod next;
mod onboard;
mod output;
mod packet;
mod profiles;
mod run;
mod table;
mod told;
mod transport;
mod update;
mod values;
mod work_item;

fn main() -> std::process::ExitCode {
    run::run()
}
