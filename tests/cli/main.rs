//! The real `moss` binary, black-box: exact output, exit codes, and what it asks a server that
//! only answers what each test says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod builder;
mod responder;
mod sample;

mod claims;
mod completions;
mod config;
mod doctor;
mod doctor_host;
mod errors;
mod keyring;
mod keys;
mod lists;
mod man;
mod old_dialect;
mod onboard;
mod onboard_cron;
mod original;
mod output;
mod plans;
mod profiles;
mod register;
mod retries;
mod reviews;
mod shells;
mod skill;
mod submit;
mod tell_once;
mod terminal;
mod wake;
mod wake_tokens;
