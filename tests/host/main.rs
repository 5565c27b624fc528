//! `moss` among what a host has: shells, a keyring, a crontab, a terminal. What a machine lacks is
//! named, and its tests are ignored.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod doctor_cron;
mod doctor_host;
mod keyring;
mod manual;
mod onboard_cron;
mod openclaw;
mod ownership;
mod shells;

fn main() -> std::process::ExitCode {
    test_support::suite::run(&[
        doctor_cron::TESTS,
        doctor_host::TESTS,
        keyring::TESTS,
        manual::TESTS,
        onboard_cron::TESTS,
        openclaw::TESTS,
        ownership::TESTS,
        shells::TESTS,
    ])
}
