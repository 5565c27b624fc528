//! The time of servers that share a database: its clock's, and no lease ends while none of them runs.

use std::time::Duration;

use futures_util::future::join_all;
use moss_api::Timestamp;
use serde_json::{Value, json};
use test_support::database::Kind;

use crate::harness::{Agent, World, address};
use crate::{new_url, of};

const MINUTE: Duration = Duration::from_secs(60);
/// How far two readings of one clock may be apart here.
const NEAR: Duration = Duration::from_secs(5);

on_each_server![
    the_time_in_which_no_server_ran_is_added_to_every_lease_once,
    a_databases_clock_that_is_set_back_brings_nothing_back
];

fn sql(world: &World, sql: &str) {
    let (cluster, database) = of(world);
    cluster.sql(&database, sql);
}

async fn lease_until(world: &World, id: &str, agent: &Agent) -> Timestamp {
    world.sub_task(id, agent).await["lease_until"].as_str().unwrap().parse().unwrap()
}

#[tokio::main]
async fn the_time_in_which_no_server_ran_is_added_to_every_lease_once(kind: Kind) {
    let world = World::in_real_time_on(address(new_url(kind))).await;
    let other = World::in_real_time_on(world.database.clone()).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let before = lease_until(&world, &id, &team.executor).await;
    let ends = before.since(world.now());
    let lease = world.app.timings.leases.medium;
    assert!(ends <= lease && ends + NEAR > lease, "{ends:?}");

    // The last note of the time is an hour old.
    sql(&world, "UPDATE meta SET at = at - 3600000000 WHERE \"key\" = 'newest'");
    let writes = (0..8).map(|n| {
        let body = json!({ "name": format!("task {n}") });
        let world = if n % 2 == 0 { &world } else { &other };
        world.post(&team.planner, "/api/tasks", body)
    });
    for answer in join_all(writes).await {
        answer.ok();
    }
    let moved = lease_until(&world, &id, &team.executor).await.since(before);
    assert!(moved >= 60 * MINUTE && moved < 60 * MINUTE + NEAR, "{moved:?}");
}

#[tokio::main]
async fn a_databases_clock_that_is_set_back_brings_nothing_back(kind: Kind) {
    let world = World::in_real_time_on(address(new_url(kind))).await;
    // As if it had said this before.
    let noted = world.now() + 10 * MINUTE;
    let micros = noted.micros();
    sql(&world, &format!("UPDATE meta SET at = {micros} WHERE \"key\" = 'newest'"));
    let later = World::in_real_time_on(world.database.clone()).await;
    let team = later.team().await;
    let made = later.post(&team.planner, "/api/tasks", json!({ "name": "task" })).await.ok();
    let at: Timestamp = made["created_at"].as_str().unwrap().parse().unwrap();
    assert!(at >= noted && at.since(noted) < NEAR, "{at}");
    assert_eq!(later.get(&team.planner, "/api/tasks").await.ok()["total"], Value::from(1));
}
