//! Several servers on one database: what becomes of the work when servers die, connections are cut,
//! the database is started again, and clocks disagree.

mod balancer;
pub mod clocks;
pub mod failover;
mod team;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use test_support::database::{Cluster, Kind};
use test_support::needs::POSTGRES;

use crate::many_servers::team::{SERVERS, Team};

test_support::tests![
    servers_are_killed_again_and_again needs [POSTGRES],
    connections_are_ended_ten_times_a_second needs [POSTGRES],
    the_database_is_started_again_under_load needs [POSTGRES],
];

const EXECUTORS: usize = 50;
const SUB_TASKS: usize = 100;

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

fn direct(_: usize, url: &str) -> String {
    url.to_owned()
}

fn servers_are_killed_again_and_again() {
    let cluster = Cluster::shared(Kind::Postgres);
    let team = Team::start(cluster, EXECUTORS, direct);
    let ids = team.plan(SUB_TASKS);
    let kills = AtomicUsize::new(0);
    let done = team.work(|round| {
        pause(300);
        team.kill(round as usize % SERVERS);
        kills.fetch_add(1, Ordering::Relaxed);
    });
    assert!(kills.into_inner() > 3, "hardly anybody was killed");
    team.is_whole(&ids, &done);
}

fn connections_are_ended_ten_times_a_second() {
    let cluster = Cluster::shared(Kind::Postgres);
    let team = Team::start(cluster, EXECUTORS, direct);
    let ids = team.plan(SUB_TASKS);
    let any = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' \
         AND application_name = 'moss-server' ORDER BY random() LIMIT 1",
        team.database
    );
    let done = team.work(|_| {
        pause(100);
        cluster.sql("postgres", &any);
    });
    team.is_whole(&ids, &done);
}

fn the_database_is_started_again_under_load() {
    let cluster = Cluster::start(Kind::Postgres);
    let team = Team::start(&cluster, EXECUTORS, direct);
    let ids = team.plan(SUB_TASKS);
    let done = team.work(|round| {
        pause(700);
        if round < 3 {
            cluster.stop();
            pause(300);
            cluster.go_on();
        }
    });
    team.is_whole(&ids, &done);
}
