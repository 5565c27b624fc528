//! The real `moss` binary, black-box: exact output, exit codes, and what it asks a server that
//! only answers what each test says.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod artifacts;
mod ask;
mod claims;
mod completions;
mod config;
mod doctor;
mod errors;
mod file_arguments;
mod floods;
mod gate;
mod help;
mod keys;
mod leave;
mod lists;
mod man;
mod notify;
mod onboard;
mod output;
mod patrol;
mod plain_http;
mod plans;
mod profiles;
mod progress;
mod recur;
mod register;
mod retries;
mod reviews;
mod skill;
mod submit;
mod tell_once;
mod terminal;
mod trust;
mod wake;
mod wake_tokens;
