//! The rules of the work, against the whole server in-process: HTTP in, database out, with a
//! clock the tests set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

// By its name it is begun first: it takes longest.
mod a_week;
mod acting;
mod admin;
mod answers;
mod background;
mod bad_input;
mod batch;
mod bodies;
mod config_api;
mod cors;
mod dependencies;
mod dice;
mod events;
mod gate;
mod goals;
#[allow(dead_code, reason = "the tests of stores use the rest")]
mod harness;
mod idempotency;
mod importing;
mod init;
mod invites;
mod keys;
mod late;
mod lease;
mod lease_length;
mod leave;
mod leftovers;
mod limits;
mod logins;
mod looks;
mod model;
mod month;
mod moving;
mod names;
mod notices;
mod openapi;
mod original_client;
mod ownership;
mod packaging;
mod page_moves;
mod pages;
mod passwords;
mod patrol;
mod plans;
mod questions;
mod ready;
mod recovery;
mod recurring;
mod releases;
mod review;
mod shapes;
mod shares;
mod signing;
mod sizes;
mod skills;
mod statements;
mod tasks;
mod time;
mod told;
mod verify;
mod wake;
mod webhooks;
