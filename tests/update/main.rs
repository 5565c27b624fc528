//! `moss` replacing itself, black-box: the real program, releases signed with a key of the test,
//! a server that serves what each test says. The "new" program is a script that says another
//! version and otherwise is the real one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg(unix)]

mod release;
mod site;

mod auto;
mod choices;
mod disk;
mod first_wake;
mod freshness;
mod hostile;
mod kills;
mod many;
mod places;
mod story;

fn main() -> std::process::ExitCode {
    test_support::suite::run(&[
        auto::TESTS,
        choices::TESTS,
        disk::TESTS,
        first_wake::TESTS,
        freshness::TESTS,
        hostile::TESTS,
        kills::TESTS,
        many::TESTS,
        places::TESTS,
        story::TESTS,
    ])
}
