//! The real server and the real command where things go wrong: races between processes, kills in
//! the middle of writes, full disks, hostile input. Only loopback, only folders of its own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod admin_sessions;
mod agent_command;
mod attacks;
mod audit;
mod cli_conditions;
mod connection;
mod disk;
mod first_start;
mod gate;
mod hostile_words;
mod invite;
mod key_rotation;
mod kill;
mod limits;
mod moving;
mod newer_database;
mod on_board;
mod original_config;
mod race_claim;
mod race_idempotency;
mod race_review;
mod readme;
mod releases;
mod restore;
mod secrets_in_pipes;
mod sender;
mod shutdown;
mod taken_away;
mod team;
mod two_servers;
mod workload;

fn main() -> std::process::ExitCode {
    test_support::suite::run(&[
        admin_sessions::TESTS,
        agent_command::TESTS,
        attacks::TESTS,
        audit::TESTS,
        cli_conditions::TESTS,
        disk::TESTS,
        first_start::TESTS,
        gate::TESTS,
        hostile_words::TESTS,
        invite::TESTS,
        key_rotation::TESTS,
        kill::TESTS,
        limits::TESTS,
        moving::TESTS,
        newer_database::TESTS,
        on_board::TESTS,
        original_config::TESTS,
        race_claim::TESTS,
        race_idempotency::TESTS,
        race_review::TESTS,
        readme::TESTS,
        releases::TESTS,
        restore::TESTS,
        secrets_in_pipes::TESTS,
        shutdown::TESTS,
        taken_away::TESTS,
        two_servers::TESTS,
    ])
}
