//! Invariants 1, 2 and 7: attempts have strictly increasing numbers, leases never end early, an
//! expired one is noticed by the next sweep, and nothing extends an attempt past its maximum age.

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn a_lease_never_ends_early_and_ends_with_the_next_sweep() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.advance(30);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "assigned", "30 minutes are not over");
    world.clock.advance(std::time::Duration::from_micros(1));
    world.sweep().await;
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!((&row["status"], &row["assigned_agent"]), (&json!("pending"), &json!(null)));
    let attempts = world.attempts(&id, &team.planner).await;
    assert_eq!(attempts[0]["outcome"], "timeout");
    world.act(&team.executor, &id, "start", json!({})).await.refused(403, "not_holder");
    let row = world.act(&team.other, &id, "claim", json!({})).await.ok();
    assert_eq!(row["attempt"], 2);
}

#[tokio::test]
async fn any_call_of_the_holder_renews() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    for _ in 0..6 {
        world.advance(25);
        world.get(&team.executor, "/api/rules").await.ok();
        world.sweep().await;
    }
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(row["status"], "in_progress");
    assert_eq!(row["lease_until"], (world.now() + minutes(30)).to_string());
    // A call of somebody else renews nothing.
    world.advance(31);
    world.get(&team.other, "/api/rules").await.ok();
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

fn minutes(n: u64) -> std::time::Duration {
    std::time::Duration::from_secs(n * 60)
}

#[tokio::test]
async fn heartbeats_stop_at_the_maximum_age() {
    let world = World::with(|config| config.lease.max_attempt_hours = 1).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let claimed = world.now();
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.advance(25);
    world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
    world.advance(25);
    let row = world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
    assert_eq!(row["lease_until"], (claimed + minutes(60)).to_string());
    world.advance(10);
    let late = world.act(&team.executor, &id, "heartbeat", json!({})).await;
    late.refused(409, "attempt_too_old");
    world.advance(1);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn a_stale_attempt_is_fenced_off() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "release", json!({ "reason": "not mine" })).await.ok();
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    for action in ["heartbeat", "submit", "release", "fail"] {
        let body = json!({ "attempt": 1, "class": "other", "detail": "no" });
        let answer = world.act(&team.executor, &id, action, body).await;
        answer.refused(409, "stale_attempt");
    }
    world.act(&team.executor, &id, "submit", json!({ "attempt": 2 })).await.ok();
}

#[tokio::test]
async fn attempts_are_numbered_and_at_most_one_lives() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({ "session_id": "s1" })).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.patrol, &id, "block", json!({ "reason": "silent" })).await.ok();
    let to = json!({ "agent_id": team.other.id });
    world.act(&team.planner, &id, "reassign", to.clone()).await.ok();
    world.act(&team.planner, &id, "reassign", to).await.ok();
    world.act(&team.other, &id, "start", json!({})).await.ok();
    world.act(&team.other, &id, "submit", json!({})).await.ok();
    world.judge(&team.reviewer, &id, "rejected", 1).await.ok();
    world.act(&team.other, &id, "start", json!({})).await.ok();
    let attempts = world.attempts(&id, &team.planner).await;
    let seen: Vec<(i64, Option<&str>)> =
        attempts.iter().map(|a| (a["number"].as_i64().unwrap(), a["outcome"].as_str())).collect();
    let want = [(1, Some("block")), (2, Some("reassign")), (3, Some("submit")), (4, None)];
    assert_eq!(seen, want);
    assert_eq!(attempts[0]["session_id"], "s1");
}

#[tokio::test]
async fn an_assignment_lasts_a_day_and_calls_neither_shorten_nor_prolong_it() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "x", "assign": "AI-Wu" }]);
    let id = world.plan(&team.planner, "Assigned", plan).await.remove(0);
    let until = (world.now() + minutes(24 * 60)).to_string();
    for _ in 0..24 {
        assert_eq!(world.sub_task(&id, &team.planner).await["lease_until"], until.as_str());
        world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
        world.get(&team.executor, "/api/wake").await.ok();
        world.advance(60);
    }
    world.advance(1);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn what_cannot_be_begun_yet_has_no_lease() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"], "assign": "AI-Wu" }]);
    let ids = world.plan(&team.planner, "Waits", plan).await;
    let row = world.act(&team.executor, &ids[1], "heartbeat", json!({})).await.ok();
    assert_eq!(row["lease_until"], json!(null));
    world.advance(60 * 48);
    world.sweep().await;
    assert_eq!(world.status(&ids[1], &team.planner).await, "assigned");
    world.act(&team.planner, &ids[0], "cancel", json!({})).await.ok();
    let until = (world.now() + minutes(24 * 60)).to_string();
    assert_eq!(world.sub_task(&ids[1], &team.planner).await["lease_until"], until.as_str());
}

#[tokio::test]
async fn a_time_to_retry_is_within_reason() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    for (at, status) in [
        ("0000-01-01T00:00:00+23:59", 422),
        ("9999-12-31T23:59:59-23:59", 422),
        ("2026-11-20T08:59:59Z", 400),
        ("2027-11-20T09:00:00Z", 400),
        ("tomorrow", 422),
    ] {
        let body = json!({ "class": "quota", "detail": "limit", "retry_at": at });
        let answer = world.act(&team.executor, &id, "fail", body).await;
        assert_eq!(answer.status, status, "{at}: {}", answer.text);
    }
    assert_eq!(world.status(&id, &team.planner).await, "assigned");
}

#[tokio::test]
async fn a_failure_with_a_time_is_retried_then() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let retry_at = (world.now() + minutes(60)).to_string();
    let body = json!({ "class": "quota", "detail": "limit hit", "retry_at": retry_at });
    let row = world.act(&team.executor, &id, "fail", body).await.ok();
    assert_eq!(
        (&row["status"], &row["block_reason"]),
        (&json!("blocked"), &json!("quota: limit hit"))
    );
    world.advance(59);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "blocked");
    world.advance(1);
    world.sweep().await;
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!((&row["status"], &row["block_reason"]), (&json!("pending"), &json!(null)));
}

#[tokio::test]
async fn an_idle_server_has_nothing_to_sweep() {
    use moss_server::domain::work::expire::is_due;
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    world.advance(60 * 24 * 30);
    assert!(!is_due(world.app.store.read(), world.now()).await.unwrap());
}

/// Whether a sweep that believed the lease over could take the sub-task away.
struct TakeIfOver(String);

impl moss_server::domain::Command for TakeIfOver {
    type Output = bool;

    async fn run(&self, tx: &moss_server::store::Tx) -> Result<bool, moss_server::domain::Error> {
        use moss_api::SubTaskStatus::{Assigned, Pending};
        use moss_server::store::sub_tasks::{Guard, GuardedUpdate};
        let (moves, guards) = (&[(Assigned, Pending)][..], vec![Guard::lease_over(tx.now)]);
        Ok(GuardedUpdate { id: &self.0, moves, guards, changes: &[] }.run(tx).await?)
    }
}

#[tokio::test]
async fn the_write_itself_looks_at_the_lease() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let take = || world.app.writer.write(TakeIfOver(id.clone()), None);
    assert_eq!(take().await.unwrap().body, "false");
    world.advance(31);
    assert_eq!(take().await.unwrap().body, "true");
}
