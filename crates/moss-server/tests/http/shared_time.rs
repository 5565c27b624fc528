//! The time of servers that share a database: its clock's, and no lease ends while none of them runs.

use std::time::Duration;

use futures_util::future::join_all;
use moss_api::Timestamp;
use moss_server::config::Address;
use serde_json::{Value, json};

use crate::harness::{Agent, World};
use crate::postgres::{Cluster, is_asked_for};

const MINUTE: Duration = Duration::from_secs(60);
/// How far two readings of one clock may be apart here.
const NEAR: Duration = Duration::from_secs(5);

fn is_skipped() -> bool {
    if !is_asked_for() {
        eprintln!("SKIPPED on SQLite, which is one server's: MOSS_TEST_DATABASE=postgres runs it");
    }
    !is_asked_for()
}

fn sql(world: &World, sql: &str) -> String {
    let Address::Postgres(address) = &world.database else { panic!("it is one server's") };
    Cluster::shared().sql(address.options.get_database().unwrap(), sql)
}

async fn lease_until(world: &World, id: &str, agent: &Agent) -> Timestamp {
    world.sub_task(id, agent).await["lease_until"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_in_which_no_server_ran_is_added_to_every_lease_once() {
    if is_skipped() {
        return;
    }
    let world = World::in_real_time().await;
    let other = World::in_real_time_on(world.database.clone()).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let before = lease_until(&world, &id, &team.executor).await;
    let ends = before.since(world.now());
    let lease = world.app.timings.lease;
    assert!(ends <= lease && ends + NEAR > lease, "{ends:?}");

    // The last note of the time is an hour old.
    sql(&world, "UPDATE meta SET at = at - 3600 * 1000000::bigint WHERE key = 'newest'");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_databases_clock_that_is_set_back_brings_nothing_back() {
    if is_skipped() {
        return;
    }
    let world = World::in_real_time().await;
    // As if it had said this before.
    let noted = world.now() + 10 * MINUTE;
    let micros = noted.micros();
    sql(&world, &format!("UPDATE meta SET at = {micros} WHERE key = 'newest'"));
    let later = World::in_real_time_on(world.database.clone()).await;
    let team = later.team().await;
    let made = later.post(&team.planner, "/api/tasks", json!({ "name": "task" })).await.ok();
    let at: Timestamp = made["created_at"].as_str().unwrap().parse().unwrap();
    assert!(at >= noted && at.since(noted) < NEAR, "{at}");
    assert_eq!(later.get(&team.planner, "/api/tasks").await.ok()["total"], Value::from(1));
}
