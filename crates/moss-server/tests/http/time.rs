//! The system's clock is put back, leaps, or nobody looks at it for hours: nothing that has ended
//! comes back, and no lease ends early (invariant 7).

use std::time::Duration;

use moss_server::domain::time::KeepTime;
use serde_json::{Value, json};

use crate::harness::{Team, World};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// A sub-task the executor has worked on since now.
async fn in_progress(world: &World, team: &Team) -> String {
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    id
}

/// What the server does by itself when the system's clock has leapt, and then when leases are due.
async fn look(world: &World) {
    if world.app.clock.step().is_some() {
        world.app.writer.write(KeepTime, None).await.unwrap();
    }
    world.sweep().await;
}

/// An old key, an invite's token and a session that all have ended.
async fn ended(world: &World) -> (crate::harness::Agent, String, String) {
    let old = world.agent("patrol", "Pat").await;
    let made = world.post(&old, "/api/agents/me/key", Value::Null).await.ok();
    let new = old.with_key(made["api_key"].as_str().unwrap());
    world.get(&new, "/api/scores/me").await.ok();
    let session = world.admin().await;
    let admin = [("x-admin-token", session.as_str())];
    let invite = json!({ "role": "executor", "expires_in": 60 });
    let made = world.ask("POST", "/api/admin/invites", &admin, &invite).await.ok();
    let invite = made["token"].as_str().unwrap().to_owned();
    world.clock.advance(DAY);
    stay_ended(world, &old, &invite, &session).await;
    (old, invite, session)
}

async fn stay_ended(world: &World, key: &crate::harness::Agent, invite: &str, session: &str) {
    world.get(key, "/api/scores/me").await.refused(401, "unknown_key");
    let session = [("x-admin-token", session)];
    let asked = world.ask("GET", "/api/admin/config", &session, &Value::Null).await;
    asked.refused(403, "bad_admin_session");
    let body = json!({ "role": "executor", "name": "AI-Wu" });
    let token = [("x-registration-token", invite)];
    let asked = world.ask("POST", "/api/agents/register", &token, &body).await;
    asked.refused(403, "invite_expired");
}

#[tokio::test]
async fn a_clock_put_back_brings_nothing_back() {
    let world = World::new().await;
    let began = world.now();
    let (key, invite, session) = ended(&world).await;
    world.clock.put(began);
    stay_ended(&world, &key, &invite, &session).await;
    // Nor after a restart, nor through what a restart forgets.
    let world = world.started_again(began).await;
    stay_ended(&world, &key, &invite, &session).await;
    assert_eq!(world.now(), began + DAY);
}

#[tokio::test]
async fn time_goes_on_although_the_clock_was_put_back() {
    let world = World::new().await;
    let team = world.team().await;
    let id = in_progress(&world, &team).await;
    world.clock.put(world.now() - 10 * DAY);
    world.advance(30);
    look(&world).await;
    assert_eq!(world.status(&id, &team.planner).await, "in_progress");
    world.clock.advance(Duration::from_micros(1));
    look(&world).await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn a_clock_that_leaps_ends_no_lease() {
    for leap in [HOUR, 40 * DAY] {
        let world = World::new().await;
        let team = world.team().await;
        let id = in_progress(&world, &team).await;
        world.advance(20);
        let now = world.now();
        world.clock.put(now + leap);
        look(&world).await;
        let row = world.sub_task(&id, &team.planner).await;
        assert_eq!(row["status"], "in_progress", "{row}");
        assert_eq!(row["lease_until"], (now + leap + minutes(10)).to_string());
        assert_eq!(world.now(), now + leap);
        world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
        world.advance(30);
        look(&world).await;
        assert_eq!(world.status(&id, &team.planner).await, "in_progress");
        world.clock.advance(Duration::from_micros(1));
        look(&world).await;
        assert_eq!(world.status(&id, &team.planner).await, "pending", "it ends all the same");
    }
}

/// What is claimed in the very transaction in which time comes ahead has a whole lease.
#[tokio::test]
async fn a_claim_in_the_moment_of_the_leap_has_its_whole_lease() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.clock.put(world.now() + HOUR);
    let row = world.act(&team.executor, &id, "claim", json!({})).await.ok();
    assert_eq!(row["lease_until"], (world.now() + minutes(30)).to_string());
    assert!(world.app.clock.step().is_none());
}

#[tokio::test]
async fn the_time_in_which_no_server_ran_ends_no_lease() {
    let world = World::new().await;
    let team = world.team().await;
    let id = in_progress(&world, &team).await;
    world.advance(20);
    let later = world.now() + 2 * HOUR;
    let world = world.started_again(later).await;
    look(&world).await;
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(
        (&row["status"], &row["lease_until"]),
        (&json!("in_progress"), &json!((later + minutes(10)).to_string()))
    );
    world.advance(10);
    look(&world).await;
    assert_eq!(world.status(&id, &team.planner).await, "in_progress");
    world.advance(1);
    look(&world).await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}
