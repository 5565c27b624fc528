//! What is only so of one kind of database: SQLite's file and its plans; servers that are away, are
//! somebody else's, or are opened by several at once. Without the built-in harness, which cannot
//! ignore a test where there is no such database.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

/// Every test of a file on each server, and those that only one of them has, as its `TESTS`. All may
/// need something more.
macro_rules! on_each_server {
    ($($name:ident),* $(,)?) => { on_each_server![$($name),* ;]; };
    (with [$($more:expr),*] $($name:ident),* $(,)?) => {
        on_each_server![@ [test_support::needs::POSTGRES, $($more),*],
                        [test_support::needs::MARIADB, $($more),*], $($name),* ;];
    };
    ($($name:ident),* ; $($only:ident needs $need:expr),*) => {
        on_each_server![@ [test_support::needs::POSTGRES], [test_support::needs::MARIADB],
                        $($name),* ; $($only needs $need),*];
    };
    (@ $postgres:expr, $mariadb:expr, $($name:ident),* ; $($only:ident needs $need:expr),*) => {
        mod postgres {
            use super::*;
            $(pub fn $name() { super::$name(Kind::Postgres); })*
            test_support::tests![$($name needs $postgres),*];
        }
        mod mariadb {
            use super::*;
            $(pub fn $name() { super::$name(Kind::MariaDb); })*
            test_support::tests![$($name needs $mariadb),*];
        }
        mod alone {
            #[allow(unused_imports, reason = "there may be none")]
            use super::*;
            test_support::tests![$($only needs [$need]),*];
        }
        pub const TESTS: &[&[test_support::suite::Test]] =
            &[postgres::TESTS, mariadb::TESTS, alone::TESTS];
    };
}

mod crowded;
mod cut_off;
mod damage;
mod full_disk;
#[path = "../http/harness.rs"]
#[allow(dead_code, reason = "the tests of HTTP use all of it")]
mod harness;
mod moves;
#[path = "../http/moving.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of HTTP use all of it")]
mod moving;
mod outage;
mod proxy;
mod queries;
mod races;
mod remote;
mod shared_time;
#[path = "../http/signing.rs"]
#[allow(dead_code, reason = "the tests of HTTP use all of it")]
mod signing;
#[path = "../http/statements.rs"]
mod statements;
mod tls;
mod two_servers;

use std::time::Duration;

use moss_server::config::{Address, Engine};
use test_support::database::{Cluster, Kind};

use crate::harness::{Answer, World, address};

/// Within this every caller is told that the database is away.
const TOLD: Duration = Duration::from_secs(2);

fn is_told_to_come_back(answer: &Answer) {
    answer.refused(503, "unavailable");
    assert_eq!(answer.headers["retry-after"], "1");
}

/// The URL of a new database.
fn new_url(kind: Kind) -> String {
    let cluster = Cluster::shared(kind);
    cluster.url("moss", &cluster.database())
}

/// A server on a new database.
async fn world(kind: Kind) -> World {
    World::on(address(new_url(kind))).await
}

/// The cluster a server is on, and its database there.
fn of(world: &World) -> (&'static Cluster, String) {
    let Address::Remote(address) = &world.database else { panic!("it is one server's") };
    let kind = match address.engine {
        Engine::Postgres(_) => Kind::Postgres,
        Engine::MySql(_) => Kind::MariaDb,
    };
    (Cluster::shared(kind), address.database().to_owned())
}

fn main() -> std::process::ExitCode {
    let files = [
        &[damage::TESTS, queries::TESTS][..],
        crowded::TESTS,
        cut_off::TESTS,
        full_disk::TESTS,
        moves::TESTS,
        races::TESTS,
        remote::TESTS,
        shared_time::TESTS,
        tls::TESTS,
        two_servers::jobs::TESTS,
        two_servers::keys::TESTS,
        two_servers::rates::TESTS,
        two_servers::set_up::TESTS,
        two_servers::settings::TESTS,
        two_servers::throttle::TESTS,
    ]
    .concat();
    test_support::suite::run(&files)
}
