//! A key that one server ends, as the other sees it: each remembers keys for a second.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::database::Kind;

use crate::harness::{Agent, Answer, World};
use crate::two_servers::{KNOWN, MOMENT, advance, two};

on_each_server![
    a_disabled_agent_is_kept_out_by_the_other_within_a_second_however_busy_it_is,
    a_key_that_was_reset_or_replaced_ends_on_the_other_too
];

async fn mine(world: &World, agent: &Agent) -> Answer {
    world.get(agent, "/api/sub-tasks/mine").await
}

async fn set_status(world: &World, admin: &str, agent: &Agent, status: &str) {
    let headers = [("x-admin-token", admin)];
    let (path, body) =
        (format!("/api/admin/agents/{}/status", agent.id), json!({ "status": status }));
    world.ask("PUT", &path, &headers, &body).await.ok();
}

/// Asks the other server all the time, so that what it remembers is as young as it can be.
async fn busy_for(b: &World, agent: &Agent, time: Duration) {
    let step = Duration::from_millis(100);
    for _ in 0..time.as_millis() / step.as_millis() {
        b.clock.advance(step);
        mine(b, agent).await;
    }
}

#[tokio::main]
async fn a_disabled_agent_is_kept_out_by_the_other_within_a_second_however_busy_it_is(kind: Kind) {
    let (a, b) = two(kind, |_| {}).await;
    let (admin, team) = (a.admin().await, a.team().await);
    let id = a.one(&team.planner).await;
    mine(&b, &team.executor).await.ok();
    set_status(&a, &admin, &team.executor, "disabled").await;
    mine(&a, &team.executor).await.refused(403, "agent_disabled");
    busy_for(&b, &team.executor, KNOWN).await;
    mine(&b, &team.executor).await.refused(403, "agent_disabled");
    b.act(&team.executor, &id, "claim", json!({})).await.refused(403, "agent_disabled");
    assert_eq!(a.status(&id, &team.planner).await, "pending");
    set_status(&b, &admin, &team.executor, "active").await;
    advance([&a, &b], KNOWN);
    mine(&a, &team.executor).await.ok();
}

#[tokio::main]
async fn a_key_that_was_reset_or_replaced_ends_on_the_other_too(kind: Kind) {
    let (a, b) = two(kind, |_| {}).await;
    let (admin, team) = (a.admin().await, a.team().await);
    let (reset, rotated) = (&team.executor, &team.other);
    mine(&b, reset).await.ok();
    mine(&b, rotated).await.ok();
    let headers = [("x-admin-token", admin.as_str())];
    let path = format!("/api/admin/agents/{}/reset-key", reset.id);
    a.ask("POST", &path, &headers, &Value::Null).await.ok();
    let next = a.post(rotated, "/api/agents/me/key", json!({})).await.ok();
    let next = rotated.with_key(next["api_key"].as_str().unwrap());
    // The first use ends the old one, a minute later.
    mine(&a, &next).await.ok();
    busy_for(&b, reset, KNOWN).await;
    mine(&b, reset).await.refused(401, "unknown_key");
    mine(&b, rotated).await.ok();
    let minute = Duration::from_secs(60);
    b.clock.advance(minute - KNOWN - MOMENT);
    mine(&b, rotated).await.ok();
    b.clock.advance(MOMENT);
    mine(&b, rotated).await.refused(401, "unknown_key");
    mine(&b, &next).await.ok();
}
