//! What is only so of one kind of database: SQLite's file and its plans; servers that are away, are
//! somebody else's, or are opened by several at once. Without the built-in harness, which cannot
//! ignore a test where there is no such database.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod damage;
#[path = "../http/harness.rs"]
#[allow(dead_code, reason = "the tests of HTTP use all of it")]
mod harness;
mod queries;
mod remote;
#[path = "../http/signing.rs"]
#[allow(dead_code, reason = "the tests of HTTP use all of it")]
mod signing;
#[path = "../http/statements.rs"]
mod statements;

fn main() -> std::process::ExitCode {
    let files = [&[damage::TESTS, queries::TESTS][..], remote::TESTS].concat();
    test_support::suite::run(&files)
}
