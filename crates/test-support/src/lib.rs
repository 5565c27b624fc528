//! What the tests share. Nothing of `moss` or `moss-server` is linked in: both are run.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

pub mod builder;
pub mod database;
pub mod http;
pub mod manifest;
pub mod mends;
pub mod moss;
pub mod needs;
pub mod openclaw;
pub mod program;
pub mod responder;
pub mod sample;
pub mod server;
pub mod standin;
pub mod suite;
