//! A database server that has no connection free: at a start, and while a server runs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::database::{Cluster, Kind};

use crate::remote::{refusal, says, world_on};
use crate::{TOLD, is_told_to_come_back};

on_each_server![what_finds_no_connection_is_told_at_once_and_heals_by_itself];

const MOST: usize = 20;

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
    for round in 0..5 {
        let began = Instant::now();
        let (read, write, other) = tokio::join!(
            world.get(&team.executor, "/api/sub-tasks/available"),
            world.act(&team.executor, &id, "claim", json!({})),
            world.post(&team.planner, "/api/tasks", json!({ "name": "lost" })),
        );
        assert!(began.elapsed() < TOLD, "round {round}: told after {:?}", began.elapsed());
        for answer in [read, write, other] {
            is_told_to_come_back(&answer);
        }
    }
    let unwell = world.ask("GET", "/api/health", &[], &Value::Null).await;
    assert_eq!(unwell.status, 503, "{}", unwell.text);

    drop(crowd);
    let began = Instant::now();
    loop {
        let answer = world.act(&team.executor, &id, "claim", json!({})).await;
        if answer.status == 200 {
            break;
        }
        is_told_to_come_back(&answer);
        assert!(began.elapsed() < Duration::from_secs(5), "it does not heal");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
    assert_eq!(world.ask("GET", "/api/health", &[], &Value::Null).await.status, 200);
}
