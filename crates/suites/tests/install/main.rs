//! `install.sh` as people run it: piped into each shell that may be there, from the real server,
//! with the tools that may be there, in roots that hold nothing else.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod agent;
mod cut_off;
mod existing;
mod fresh;
mod machine;
mod network;
mod real;
mod refused;
mod root;
mod roots;
mod shelf;

fn main() -> std::process::ExitCode {
    test_support::suite::run(&[
        agent::TESTS,
        cut_off::TESTS,
        existing::TESTS,
        fresh::TESTS,
        network::TESTS,
        real::TESTS,
        refused::TESTS,
        roots::TESTS,
    ])
}
