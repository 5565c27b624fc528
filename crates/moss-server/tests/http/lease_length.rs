//! How long leases are: by the planner's wish, by priority, and for clients that know none; what
//! becomes of what runs out; and the holder that is told before.

use std::time::Duration;

use moss_api::Timestamp;
use moss_server::config::OnExpiry;
use serde_json::{Value, json};

use crate::harness::{Agent, World};

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// How long the lease of a sub-task still is.
fn left(world: &World, row: &Value) -> Duration {
    let until: Timestamp = row["lease_until"].as_str().unwrap().parse().unwrap();
    until.since(world.now())
}

async fn planned(world: &World, planner: &Agent, sub_tasks: Value) -> Vec<String> {
    world.plan(planner, "Leases", sub_tasks).await
}

#[tokio::test]
async fn the_planners_wish_counts_before_the_priority_and_the_priority_before_the_rest() {
    let world = World::with(|config| config.lease.by_priority.high = Some(45)).await;
    let team = world.team().await;
    let sub_tasks = json!([
        { "name": "urgent", "priority": "high" },
        { "name": "urgent and long", "priority": "high", "lease": "3h" },
        { "name": "plain" },
        { "name": "quick", "lease": "90s" },
    ]);
    let ids = planned(&world, &team.planner, sub_tasks).await;
    for (id, length) in ids.iter().zip([minutes(45), minutes(180), minutes(30), minutes(3) / 2]) {
        let row = world.act(&team.executor, id, "claim", json!({})).await.ok();
        assert_eq!(left(&world, &row), length);
    }
    // Each is renewed by its own length, by any call.
    world.advance(1);
    world.get(&team.executor, "/api/rules").await.ok();
    let row = world.sub_task(&ids[3], &team.planner).await;
    assert_eq!(left(&world, &row), minutes(3) / 2);
    let row = world.sub_task(&ids[1], &team.planner).await;
    assert_eq!(left(&world, &row), minutes(179), "nine tenths are left: it is not worth a write");
    world.advance(2);
    world.sweep().await;
    assert_eq!(world.status(&ids[3], &team.planner).await, "pending");
    assert_eq!(world.status(&ids[2], &team.planner).await, "assigned");
}

#[tokio::test]
async fn a_batch_of_claims_gives_each_its_own_length() {
    let world = World::with(|config| {
        config.lease.by_priority.low = Some(10);
        config.lease.original_client_minutes = 1;
    })
    .await;
    let team = world.team().await;
    let sub_tasks = json!([
        { "name": "a", "priority": "high" },
        { "name": "b", "lease": "2h" },
        { "name": "c", "priority": "low" },
    ]);
    planned(&world, &team.planner, sub_tasks).await;
    for length in [minutes(30), minutes(120), minutes(10)] {
        let next = json!({ "start": true });
        let row = world.post(&team.executor, "/api/sub-tasks/claim-next", next).await.ok();
        assert_eq!(left(&world, &row), length);
        let row = world.act(&team.executor, row["id"].as_str().unwrap(), "heartbeat", json!({}));
        assert_eq!(left(&world, &row.await.ok()), length);
    }
}

#[tokio::test]
async fn a_wish_is_a_minute_to_what_an_attempt_may_live_and_can_be_changed() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let path = format!("/api/sub-tasks/{id}");
    for (bad, status) in [("0s", 422), ("3650d", 422), ("soon", 422), ("25h", 400)] {
        let answer = world.put(&team.planner, &path, json!({ "lease": bad })).await;
        assert_eq!(answer.status, status, "{bad}: {}", answer.text);
        let plan = json!({ "task": { "name": "x" }, "sub_tasks": [{ "name": "y", "lease": bad }] });
        let answer = world.post(&team.planner, "/api/plans", plan).await;
        assert_eq!(answer.status, status, "{bad}: {}", answer.text);
    }
    let row = world.put(&team.planner, &path, json!({ "lease": "120m" })).await.ok();
    assert_eq!(row["lease"], "2h");
    let row = world.put(&team.planner, &path, json!({ "name": "other" })).await.ok();
    assert_eq!(row["lease"], "2h", "what is not given stays");
}

#[tokio::test]
async fn the_originals_client_keeps_it_longer_and_ours_does_not() {
    let world = World::with(|config| config.lease.original_client_minutes = 120).await;
    let team = world.team().await;
    let sub_tasks = json!([{ "name": "a" }, { "name": "b" }, { "name": "c", "lease": "10m" }]);
    let ids = planned(&world, &team.planner, sub_tasks).await;
    let bearer = format!("Bearer {}", team.executor.key());
    for (id, client, length) in [
        (&ids[0], "python-requests/2.32.3", 120),
        (&ids[1], "moss/0.1.0", 30),
        (&ids[2], "python-requests/2.32.3", 10),
    ] {
        let headers = [("authorization", bearer.as_str()), ("user-agent", client)];
        let path = format!("/api/sub-tasks/{id}/claim");
        world.ask("POST", &path, &headers, &json!({})).await.ok();
        let row = world.sub_task(id, &team.planner).await;
        assert_eq!(left(&world, &row), minutes(length), "{client}");
    }
}

#[tokio::test]
async fn what_runs_out_is_blocked_where_that_is_the_policy() {
    let world = World::with(|config| config.lease.on_expiry = OnExpiry::Block).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.advance(31);
    world.sweep().await;
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(row["status"], "blocked");
    assert_eq!(row["block_reason"], "the lease ran out");
    assert_eq!(world.attempts(&id, &team.planner).await[0]["outcome"], "timeout");
}

#[tokio::test]
async fn a_holder_is_told_when_less_than_a_fifth_is_left() {
    let world = World::with(|config| config.lease.max_attempt_hours = 1).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let row = world.act(&team.executor, &id, "start", json!({})).await.ok();
    assert_eq!(row["lease_ends_soon"], json!(null), "a whole lease is left");
    let told = async || {
        let row = world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
        let packet = world.get(&team.executor, "/api/wake").await.ok();
        (row["lease_ends_soon"] == true, packet["items"][0]["lease_ends_soon"] == true)
    };
    world.advance(25);
    assert_eq!(told().await, (false, false));
    world.advance(29);
    assert_eq!(told().await, (false, false), "a fifth is left: six minutes");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(told().await, (true, true));
}

#[tokio::test]
async fn whoever_is_given_a_day_to_start_is_told_in_its_last_fifth() {
    let world = World::new().await;
    let team = world.team().await;
    let sub_tasks = json!([{ "name": "x", "assign": "AI-Wu" }]);
    planned(&world, &team.planner, sub_tasks).await;
    let told = async || {
        let packet = world.get(&team.executor, "/api/wake").await.ok();
        packet["items"][0]["lease_ends_soon"] == true
    };
    world.advance(19 * 60);
    assert!(!told().await);
    world.advance(15);
    assert!(told().await);
}
