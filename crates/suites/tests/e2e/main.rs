//! The real server and the real command where things go wrong: races between processes, kills in
//! the middle of writes, full disks, hostile input. Only loopback, only folders of its own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod admin_bind;
mod admin_sessions;
mod agent_command;
mod attacks;
mod audit;
mod cli_conditions;
mod connection;
mod database_disk;
mod disk;
mod first_start;
mod gate;
mod hostile_words;
mod invite;
mod key_rotation;
mod kill;
mod limits;
mod many_servers;
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
mod server_tls;
mod shutdown;
mod taken_away;
mod team;
mod two_servers;
mod watch;
mod workload;

fn main() -> std::process::ExitCode {
    test_support::suite::run_with(
        &[
            admin_sessions::TESTS,
            attacks::TESTS,
            cli_conditions::TESTS,
            gate::TESTS,
            key_rotation::TESTS,
            kill::TESTS,
            limits::TESTS,
            on_board::TESTS,
            race_claim::TESTS,
            race_idempotency::TESTS,
            race_review::TESTS,
            watch::TESTS,
        ],
        &[
            admin_bind::TESTS,
            agent_command::TESTS,
            audit::TESTS,
            database_disk::TESTS,
            disk::TESTS,
            first_start::TESTS,
            hostile_words::TESTS,
            invite::TESTS,
            many_servers::TESTS,
            many_servers::clocks::TESTS,
            many_servers::failover::TESTS,
            moving::TESTS,
            newer_database::TESTS,
            original_config::TESTS,
            readme::TESTS,
            releases::TESTS,
            restore::TESTS,
            secrets_in_pipes::TESTS,
            server_tls::TESTS,
            shutdown::TESTS,
            taken_away::TESTS,
            two_servers::TESTS,
        ],
    )
}
