//! A database server that has no connection free: at a start, and while a server runs.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use moss_server::config::Config;
use serde_json::{Value, json};
use test_support::database::{Cluster, Kind};

use crate::harness::World;
use crate::is_told_to_come_back;
use crate::outage::{heals, is_told_to_all};
use crate::remote::{refusal, says, world_on};

on_each_server![
    what_finds_no_connection_is_told_at_once_and_heals_by_itself,
    fewer_connections_than_a_server_takes_break_nothing
];

const MOST: usize = 20;
/// How long a request may take while there are some connections, and too few.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::main]
async fn what_finds_no_connection_is_told_at_once_and_heals_by_itself(kind: Kind) {
    let cluster = Cluster::start(kind).configured(&format!("max_connections = {MOST}"));
    let world = world_on(&cluster).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    // The connections it had are gone, and others are quicker.
    cluster.stop();
    cluster.go_on();
    let crowd = cluster.crowd(MOST);

    let refused = refusal(&world.database).await;
    says(&refused, &["has no connection free (", "raise its max_connections or lower"]);
    world.clock.advance(Duration::from_secs(1)); // so that keys are asked for again
    for _ in 0..5 {
        is_told_to_all(&world, &team, &id).await;
    }
    let unwell = world.ask("GET", "/api/health", &[], &Value::Null).await;
    assert_eq!(unwell.status, 503, "{}", unwell.text);

    drop(crowd);
    heals(async || world.act(&team.executor, &id, "claim", json!({})).await).await;
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
    assert_eq!(world.ask("GET", "/api/health", &[], &Value::Null).await.status, 200);
}

#[tokio::main]
async fn fewer_connections_than_a_server_takes_break_nothing(kind: Kind) {
    // MariaDB has at least ten.
    let cluster = Cluster::start(kind).configured("max_connections = 10");
    let mut config = Config::default();
    config.database.url = cluster.url("moss", &cluster.database());
    config.database.connections = 40;
    let world = World::on(config.address(None).unwrap()).await;
    let team = world.team().await;
    let mut made = 0;
    for round in 0..5 {
        let began = Instant::now();
        let write = async |n: usize| {
            let task = json!({ "name": format!("{round} {n}") });
            world.post(&team.planner, "/api/tasks", task).await
        };
        let read = async |_: usize| world.get(&team.executor, "/api/sub-tasks/available").await;
        let (writes, reads) =
            tokio::join!(join_all((0..20).map(write)), join_all((0..20).map(read)));
        // What needs a connection more than once, or waits behind others, waits longer.
        assert!(began.elapsed() < PATIENCE, "round {round}: told after {:?}", began.elapsed());
        made += writes.iter().filter(|answer| answer.status == 200).count();
        for answer in writes.iter().chain(&reads).filter(|answer| answer.status != 200) {
            is_told_to_come_back(answer);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(made > 0, "nobody was let in");
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], made);
}
