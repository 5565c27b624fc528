//! An agent's key is exchanged without the agent ever being without one: the new key counts from
//! its first use, the old one ends a minute later, and whoever never uses the new one keeps the
//! old one.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use moss_api::AgentStatus;
use moss_server::domain::access::agents::{ResetKey, SetStatus};
use moss_server::security::secret::AgentKey;
use moss_server::store::KEYS_ARE_BELIEVED_FOR;
use moss_server::writer::one_off_write;
use serde_json::{Value, json};

use crate::harness::Agent;
use crate::harness::Answer;
use crate::harness::World;
use crate::statements::Statements;

const ME: &str = "/api/scores/me";

async fn rotate(world: &World, agent: &Agent) -> Answer {
    world.post(agent, "/api/agents/me/key", Value::Null).await
}

/// The agent with the key it is given.
async fn rotated(world: &World, agent: &Agent) -> Agent {
    let body = rotate(world, agent).await.ok();
    assert_eq!((&body["agent_id"], &body["grace_seconds"]), (&json!(agent.id), &json!(60)));
    agent.with_key(body["api_key"].as_str().unwrap())
}

async fn works(world: &World, agent: &Agent) {
    assert_eq!(world.get(agent, ME).await.ok()["agent_id"], agent.id.as_str());
}

async fn is_void(world: &World, agent: &Agent) {
    let refused = world.get(agent, ME).await;
    let next = &refused.json()["next"];
    assert_eq!(*next, json!({"action": "check_key"}), "what leads to another key is named");
    refused.refused(401, "unknown_key");
}

#[tokio::test]
async fn the_old_key_ends_a_minute_after_the_first_use_of_the_new_one() {
    let world = World::new().await;
    let old = world.agent("executor", "AI-Wu").await;
    let new = rotated(&world, &old).await;
    world.advance(60 * 24);
    works(&world, &old).await;
    works(&world, &new).await;
    world.clock.advance(Duration::from_micros(59_999_999));
    works(&world, &old).await;
    world.clock.advance(Duration::from_micros(1));
    is_void(&world, &old).await;
    works(&world, &new).await;
    // The same without what the server remembers.
    world.agent("patrol", "Pat").await;
    is_void(&world, &old).await;
    works(&world, &new).await;
}

#[tokio::test]
async fn a_key_nobody_uses_changes_nothing() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let lost = rotated(&world, &agent).await;
    world.advance(60 * 24 * 365);
    world.purge().await;
    works(&world, &agent).await;
    // Asked for again, the lost one is void, and was never worth anything to anybody else.
    let next = rotated(&world, &agent).await;
    is_void(&world, &lost).await;
    works(&world, &agent).await;
    works(&world, &next).await;
    world.advance(1);
    is_void(&world, &agent).await;
}

#[tokio::test]
async fn a_repeat_of_a_lost_answer_is_another_key() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let ask = || world.keyed(&agent, "same", "/api/agents/me/key", json!({}));
    let (first, second) = (ask().await, ask().await);
    assert!(!second.headers.contains_key("idempotency-replayed"));
    let key = |answer: &Answer| agent.with_key(answer.ok()["api_key"].as_str().unwrap());
    assert_ne!(key(&first).key(), key(&second).key());
    is_void(&world, &key(&first)).await;
    works(&world, &key(&second)).await;
}

#[tokio::test]
async fn the_public_half_alone_promotes_nothing() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let next = rotated(&world, &agent).await;
    let forged = format!("{}{}", &next.key()[..19], "0".repeat(64));
    is_void(&world, &agent.with_key(&forged)).await;
    world.advance(2);
    works(&world, &agent).await;
    works(&world, &next).await;
}

#[tokio::test]
async fn a_disabled_agents_new_key_waits() {
    let world = World::new().await;
    let (agent, admin) = (world.agent("executor", "AI-Wu").await, world.admin().await);
    let next = rotated(&world, &agent).await;
    let set = async |status: &str| {
        let path = format!("/api/agents/{}/status", agent.id);
        let body = json!({ "status": status });
        world.ask("PUT", &path, &[("x-admin-token", &admin)], &body).await.ok();
    };
    set("disabled").await;
    world.get(&next, ME).await.refused(403, "agent_disabled");
    set("active").await;
    world.advance(5);
    works(&world, &agent).await;
}

#[tokio::test]
async fn a_key_in_its_grace_gets_no_successor() {
    let world = World::new().await;
    let old = world.agent("executor", "AI-Wu").await;
    let new = rotated(&world, &old).await;
    works(&world, &new).await;
    rotate(&world, &old).await.refused(403, "not_current_key");
    // Nor has it done any harm by asking.
    let newer = rotated(&world, &new).await;
    rotate(&world, &old).await.refused(403, "not_current_key");
    works(&world, &newer).await;
    world.advance(1);
    is_void(&world, &old).await;
    is_void(&world, &new).await;
    works(&world, &newer).await;
}

#[tokio::test]
async fn each_of_a_row_of_keys_keeps_its_own_end() {
    let world = World::new().await;
    let first = world.agent("executor", "AI-Wu").await;
    let second = rotated(&world, &first).await;
    works(&world, &second).await;
    world.clock.advance(Duration::from_secs(30));
    let third = rotated(&world, &second).await;
    works(&world, &third).await;
    world.clock.advance(Duration::from_secs(30));
    is_void(&world, &first).await;
    works(&world, &second).await;
    world.clock.advance(Duration::from_secs(30));
    is_void(&world, &second).await;
    works(&world, &third).await;
}

#[tokio::test]
async fn both_keys_at_once_and_many_times_are_let_in() {
    let world = World::new().await;
    let old = world.agent("executor", "AI-Wu").await;
    let new = rotated(&world, &old).await;
    let uses = (0..40).map(|n| {
        let (world, agent) = (&world, if n % 2 == 0 { &old } else { &new });
        async move { world.get(agent, ME).await.status.as_u16() }
    });
    assert_eq!(join_all(uses).await, [200; 40]);
    world.clock.advance(Duration::from_secs(59));
    works(&world, &old).await;
    world.clock.advance(Duration::from_secs(1));
    is_void(&world, &old).await;
    works(&world, &new).await;
}

#[tokio::test]
async fn of_several_asked_for_at_once_one_key_counts() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let asked = join_all((0..8).map(|_| rotated(&world, &agent))).await;
    let mut good = Vec::new();
    for next in &asked {
        works(&world, &agent).await;
        good.push(world.get(next, ME).await.status == 200);
    }
    assert_eq!(good.iter().filter(|&&works| works).count(), 1);
    works(&world, &agent).await;
}

/// The first use of a new key and another rotation with the old one at the same moment: either
/// the new key counts and the old one gets no successor, or the other way round. The agent always
/// has a key that works.
#[tokio::test]
async fn a_first_use_and_a_rotation_at_once_agree() {
    let world = World::new().await;
    for n in 0..20 {
        let agent = world.agent("executor", &format!("AI-{n}")).await;
        let next = rotated(&world, &agent).await;
        let (used, asked) = if n % 2 == 0 {
            tokio::join!(world.get(&next, ME), rotate(&world, &agent))
        } else {
            let (asked, used) = tokio::join!(rotate(&world, &agent), world.get(&next, ME));
            (used, asked)
        };
        match (used.status.as_u16(), asked.status.as_u16()) {
            (200, 403) => works(&world, &next).await,
            (401, 200) => {
                works(&world, &agent).await;
                works(&world, &agent.with_key(asked.ok()["api_key"].as_str().unwrap())).await;
            }
            other => panic!("{other:?}: {} {}", used.text, asked.text),
        }
    }
}

#[tokio::test]
async fn the_admins_new_key_ends_every_other_at_once() {
    let world = World::new().await;
    let (agent, admin) = (world.agent("executor", "AI-Wu").await, world.admin().await);
    let second = rotated(&world, &agent).await;
    works(&world, &second).await;
    let pending = rotated(&world, &second).await;
    let reset = async |id: &str| {
        let path = format!("/api/admin/agents/{id}/reset-key");
        world.ask("POST", &path, &[("x-admin-token", &admin)], &json!({})).await
    };
    let body = reset(&agent.id[..8]).await.ok();
    for gone in [&agent, &second, &pending] {
        is_void(&world, gone).await;
    }
    works(&world, &agent.with_key(body["new_api_key"].as_str().unwrap())).await;
    reset("00000000-0000-4000-8000-000000000000").await.refused(404, "not_found");
}

/// A person changes an agent in the database, beside the server that remembers its key.
#[tokio::test]
async fn what_is_changed_beside_the_server_counts_a_second_later() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let (database, id) = (&world.database, || agent.id.clone());
    let timings = || world.app.timings.clone();
    let set = async |status| {
        works_or_is_disabled(&world, &agent).await; // remembered as it was
        one_off_write(database, timings(), &SetStatus { id: id(), status }).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    };
    set(AgentStatus::Disabled).await;
    world.get(&agent, ME).await.refused(403, "agent_disabled");
    set(AgentStatus::Active).await;
    works(&world, &agent).await;

    let reset = ResetKey { id: id(), key: AgentKey::generate().unwrap() };
    let made = one_off_write(database, timings(), &reset).await.unwrap();
    works(&world, &agent.with_key(&made.new_api_key)).await;
    world.clock.advance(Duration::from_secs(1));
    is_void(&world, &agent).await;
    works(&world, &agent.with_key(&made.new_api_key)).await;
}

async fn works_or_is_disabled(world: &World, agent: &Agent) {
    let status = world.get(agent, ME).await.status.as_u16();
    assert!([200, 403].contains(&status), "{status}");
}

#[tokio::test]
async fn a_key_long_ended_is_forgotten_and_no_other() {
    let world = World::new().await;
    let old = world.agent("executor", "AI-Wu").await;
    let new = rotated(&world, &old).await;
    works(&world, &new).await;
    let pending = rotated(&world, &new).await;
    world.advance(60 * 24 * 30);
    world.purge().await;
    assert!(world.get(&old, ME).await.text.contains("replaced"));
    world.advance(2);
    world.purge().await;
    world.agent("patrol", "Pat").await;
    assert!(world.get(&old, ME).await.text.contains("of no agent"));
    works(&world, &new).await;
    works(&world, &pending).await;
}

/// What every request pays: a key that was asked for a moment ago costs no look at the database,
/// whatever has become of it.
#[tokio::test]
async fn a_remembered_key_is_judged_without_the_database() {
    let (reads, _watched) = Statements::watch(&["Reader"]);
    let looks = || reads.take().iter().filter(|sql| sql.contains("agent_keys")).count();
    let world = World::new().await;
    let old = world.agent("executor", "AI-Wu").await;
    let new = rotated(&world, &old).await;
    works(&world, &new).await;
    looks();
    for agent in [&old, &new] {
        works(&world, agent).await;
    }
    let asked = looks();
    assert!((1..=2).contains(&asked), "{asked}");
    for _ in 0..10 {
        works(&world, &old).await;
        works(&world, &new).await;
    }
    assert_eq!(looks(), 0);
    world.clock.advance(Duration::from_millis(59_500));
    works(&world, &old).await;
    assert_eq!(looks(), 1);
    world.clock.advance(Duration::from_millis(500));
    is_void(&world, &old).await;
    assert_eq!(looks(), 0);
}

/// Guesses must not keep connections that others need.
#[tokio::test]
async fn who_is_not_let_in_keeps_no_connection() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let unknown = format!("Bearer ak_{}", "0".repeat(80));
    for (path, header, value, code) in [
        (ME, "authorization", unknown.as_str(), "unknown_key"),
        (ME, "authorization", "Bearer nobody", "unknown_key"),
        (ME, "x-nothing", "", "missing_credentials"),
        ("/api/rules/some", "x-admin-token", "nobody", "bad_admin_session"),
        ("/api/rules/some", "x-nothing", "", "missing_credentials"),
    ] {
        let refused = world.ask("GET", path, &[(header, value)], &Value::Null).await;
        assert_eq!(refused.json()["code"], code);
        assert_eq!(refused.headers.get("connection").unwrap(), "close", "{code}");
    }
    // What else may be refused keeps it.
    let wrong_role = world.post(&agent, "/api/tasks", json!({ "name": "n" })).await;
    wrong_role.refused(403, "wrong_role");
    assert!(wrong_role.headers.get("connection").is_none());
}

/// Whoever was let in and takes its time with the body is looked at again when it is there.
#[tokio::test]
async fn a_slow_body_is_no_way_around() {
    let world = World::new().await;
    let (admin, team) = (world.admin().await, world.team().await);
    let set_status = async |status: &str| {
        let path = format!("/api/admin/agents/{}/status", team.planner.id);
        let headers = [("x-admin-token", admin.as_str())];
        world.ask("PUT", &path, &headers, &json!({ "status": status })).await.ok();
    };
    let (sent, body) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let body = stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
    let request = Request::post("/api/tasks")
        .header("authorization", format!("Bearer {}", team.planner.key))
        .header("content-type", "application/json")
        .body(Body::from_stream(body.map(Ok::<_, std::io::Error>)))
        .unwrap();
    let slow = world.send(request);
    let meanwhile = async {
        sent.send(Bytes::from_static(b"{\"name\":")).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        set_status("disabled").await;
        world.clock.advance(KEYS_ARE_BELIEVED_FOR);
        sent.send(Bytes::from_static(b"\"late\"}")).unwrap();
        drop(sent);
    };
    let (answer, ()) = tokio::join!(slow, meanwhile);
    answer.refused(403, "agent_disabled");
    set_status("active").await;
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 0);
}
