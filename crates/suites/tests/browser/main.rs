//! The pages for people in a real browser, against the real server and the real command.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod chromium;
mod every_page;
mod journeys;
mod screenshots;
mod team;

fn main() -> std::process::ExitCode {
    test_support::suite::run(&[every_page::TESTS, journeys::TESTS, screenshots::TESTS])
}
