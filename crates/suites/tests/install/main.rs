//! `install.sh` as people run it: piped into each shell that may be there, from the real server,
//! with the tools that may be there, in roots that hold nothing else.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod agent;
mod cut_off;
mod existing;
mod fresh;
#[path = "../e2e/harness.rs"]
#[allow(dead_code)]
mod harness;
mod machine;
mod network;
mod real;
mod refused;
mod root;
mod roots;
mod shelf;
#[path = "../support/mod.rs"]
mod support;
