//! What one server is to do: which one does it, and who does it when that one is killed.

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::database::{Cluster, Kind};

use crate::harness::{Team, World, address};
use crate::two_servers::process::Process;

on_each_server![one_server_sweeps_and_another_takes_over_when_it_is_killed];

/// The bound that is written down is three periods; the rest is for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets a lease run out, and waits until a server has swept it.
async fn expires(world: &World, cluster: &Cluster, database: &str, team: &Team, id: &str) {
    world.act(&team.executor, id, "claim", json!({})).await.ok();
    cluster.sql(database, "UPDATE sub_tasks SET lease_until = 1 WHERE status = 'assigned'");
    let since = Instant::now();
    while cluster.sql(database, "SELECT status FROM sub_tasks") != "pending" {
        assert!(since.elapsed() < PATIENCE, "nobody sweeps");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::main]
async fn one_server_sweeps_and_another_takes_over_when_it_is_killed(kind: Kind) {
    let cluster = Cluster::shared(kind);
    let name = cluster.database();
    let url = cluster.url("moss", &name);
    let besides = "lease: {sweep_seconds: 1}\npatrol: {timeouts: 1000}\n";
    let mut servers = [Process::start(&url, besides), Process::start(&url, besides)];
    let world = World::in_real_time_on(address(url.clone())).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    // Which of the servers it is that has the job.
    let holder = |servers: &[Process; 2]| {
        let holder = cluster.sql(&name, "SELECT holder FROM jobs WHERE name = 'sweep'");
        let has_it = |server: &Process| holder.split(' ').nth(1) == Some(&server.id().to_string());
        servers.iter().position(has_it).unwrap_or_else(|| panic!("{holder} is neither"))
    };
    expires(&world, cluster, &name, &team, &id).await;
    let first = holder(&servers);
    expires(&world, cluster, &name, &team, &id).await;
    assert_eq!(holder(&servers), first, "it is kept by who has it");
    servers[first].kill();
    expires(&world, cluster, &name, &team, &id).await;
    assert_ne!(holder(&servers), first);
    let swept = "SELECT COUNT(*) FROM events WHERE action = 'timeout'";
    assert_eq!(cluster.sql(&name, swept), "3");
}
