//! A database server whose disk is full: writes are refused and change nothing, reads go on, and
//! writes do again when there is room. The disk is one that only that server sees.

use std::time::{Duration, Instant};

use moss_server::store::verify;
use serde_json::{Value, json};
use test_support::database::{Cluster, Kind, noise};
use test_support::needs::{MOUNTS, ROOT};

use crate::harness::{Team, World};
use crate::is_told_to_come_back;
use crate::remote::world_on;

on_each_server![with [MOUNTS, ROOT] a_full_disk_is_an_answer_and_not_the_end];

/// How much is written before something must not fit: more than the database keeps free for itself.
const MOST: usize = 2_000;

/// PostgreSQL ends itself then, and is told as any other outage; it heals when it is started again.
async fn stops_without_room_for_its_log(cluster: &Cluster, world: &World, team: &Team) {
    let filler = cluster.fill_disk();
    let long = "SELECT pg_logical_emit_message(true, 'x', repeat(md5(random()::text), 30000))";
    while cluster.takes("test_0", long) {}
    let end = Instant::now() + Duration::from_secs(10);
    while cluster.takes("test_0", "SELECT 1") {
        assert!(Instant::now() < end, "it goes on");
    }
    let name = json!({ "name": "late" });
    is_told_to_come_back(&world.post(&team.planner, "/api/tasks", name.clone()).await);
    is_told_to_come_back(&world.get(&team.planner, "/api/tasks").await);
    drop(filler);
    cluster.go_on();
    let end = Instant::now() + Duration::from_secs(5);
    while world.post(&team.planner, "/api/tasks", name.clone()).await.status != 200 {
        assert!(Instant::now() < end, "it does not heal");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::main]
async fn a_full_disk_is_an_answer_and_not_the_end(kind: Kind) {
    let cluster = Cluster::on_a_small_disk(kind);
    let world = world_on(&cluster).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let filler = cluster.fill_disk();
    let (mut kept, mut refused) = (0, 0);
    for n in 0.. {
        let body = json!({ "action": "coding", "summary": format!("{n} {}", noise(n)) });
        let answer = world.post(&team.executor, "/api/logs", body).await;
        if answer.status == 200 {
            kept += 1; // in room the database had left
        } else {
            refused += 1;
            answer.refused(507, "storage_failed");
        }
        if refused == 20 {
            break;
        }
        assert!(n < MOST, "the disk is not full: {kept} kept, {refused} refused");
    }
    let shown = world.get(&team.executor, &format!("/api/sub-tasks/{id}/history")).await.ok();
    assert_eq!(shown.as_array().unwrap().len(), 2, "{shown}");
    world.get(&team.executor, "/api/wake").await.ok();
    let health = async || world.ask("GET", "/api/health", &[], &Value::Null).await;
    assert_eq!(health().await.json()["problem"], "writes fail: the disk is full");
    assert_eq!(health().await.status, 503);

    drop(filler);
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    if kind == Kind::Postgres {
        stops_without_room_for_its_log(&cluster, &world, &team).await;
    }
    world.act(&team.executor, &id, "submit", json!({ "summary": "done" })).await.ok();
    assert_eq!(health().await.json()["status"], "ok");
    let logged =
        cluster.sql("test_0", "SELECT COUNT(*) FROM activity_logs WHERE action = 'coding'");
    assert_eq!(logged, kept.to_string(), "what was acknowledged, no more and no less");
    let verified = verify(&world.database).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}
