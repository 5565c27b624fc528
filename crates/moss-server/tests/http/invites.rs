//! Invites let in agents of one role, so many and so long, and nobody else.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::Answer;
use crate::harness::TOKEN;
use crate::harness::World;

const INVITES: &str = "/api/admin/invites";

async fn invite(world: &World, body: Value) -> Answer {
    let admin = world.admin().await;
    world.ask("POST", INVITES, &[("x-admin-token", &admin)], &body).await
}

/// The token of a fresh invite.
async fn token(world: &World, body: Value) -> String {
    let made = invite(world, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["token"].as_str().unwrap().to_owned()
}

async fn register(world: &World, token: &str, role: &str, name: &str) -> Answer {
    let body = json!({ "role": role, "name": name });
    world.ask("POST", "/api/agents/register", &[("x-registration-token", token)], &body).await
}

/// How often each invite was used, newest first.
async fn used(world: &World) -> Vec<i64> {
    let admin = world.admin().await;
    let page = world.ask("GET", INVITES, &[("x-admin-token", &admin)], &Value::Null).await.ok();
    page["items"].as_array().unwrap().iter().map(|item| item["used"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn an_invite_lets_in_once_and_is_shown_without_its_token() {
    let world = World::new().await;
    let made = invite(&world, json!({ "role": "executor" })).await;
    assert_eq!(made.status, 201);
    let body = made.json();
    let token = body["token"].as_str().unwrap();
    assert!(token.starts_with("inv_") && token.len() == 68, "{token}");
    assert_eq!((&body["role"], &body["uses"]), (&json!("executor"), &json!(1)));
    assert_eq!(body["expires_at"], (world.now() + Duration::from_secs(3_600)).to_string());
    let agent = register(&world, token, "executor", "AI-Wu").await.ok();
    let key = agent["api_key"].as_str().unwrap();
    let me = [("x-agent-key", key)];
    world.ask("GET", "/api/scores/me", &me, &Value::Null).await.ok();
    register(&world, token, "executor", "AI-Li").await.refused(403, "invite_used_up");

    let admin = world.admin().await;
    let admin = [("x-admin-token", admin.as_str())];
    let list = world.ask("GET", INVITES, &admin, &Value::Null).await;
    let seen = list.ok()["items"][0].clone();
    assert_eq!(seen["id"], body["id"]);
    assert_eq!((&seen["used"], &seen["uses"]), (&json!(1), &json!(1)));
    assert!(!list.text.contains(token) && seen.get("token_hash").is_none(), "{}", list.text);
}

#[tokio::test]
async fn only_the_admin_makes_sees_and_revokes_them() {
    let world = World::new().await;
    let team = world.team().await;
    let body = json!({ "role": "executor" });
    world.post(&team.planner, INVITES, body.clone()).await.refused(422, "missing_credentials");
    world.get(&team.planner, INVITES).await.refused(422, "missing_credentials");
    let wrong = [("x-admin-token", "0")];
    for (method, path) in [("POST", INVITES), ("GET", INVITES), ("DELETE", "/api/admin/invites/x")]
    {
        world.ask(method, path, &wrong, &body).await.refused(403, "bad_admin_session");
    }
    let made = invite(&world, json!({ "role": "executor" })).await.ok();
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let admin = world.admin().await;
    let admin = [("x-admin-token", admin.as_str())];
    let path = format!("{INVITES}/{}", &id[..8]);
    world.ask("DELETE", &path, &admin, &Value::Null).await.ok();
    world.ask("DELETE", &path, &admin, &Value::Null).await.refused(404, "not_found");
    register(&world, token, "executor", "AI-Wu").await.refused(403, "bad_registration_token");
}

#[tokio::test]
async fn its_limits_are_judged() {
    let world = World::new().await;
    for (body, status, code) in [
        (json!({}), 422, "invalid"),
        (json!({ "role": "king" }), 400, "bad_value"),
        (json!({ "role": "executor", "uses": 0 }), 400, "bad_value"),
        (json!({ "role": "executor", "uses": 1_001 }), 400, "bad_value"),
        (json!({ "role": "executor", "uses": -1 }), 400, "bad_value"),
        (json!({ "role": "executor", "uses": 1.5 }), 422, "invalid"),
        (json!({ "role": "executor", "expires_in": 59 }), 400, "bad_value"),
        (json!({ "role": "executor", "expires_in": 30 * 24 * 3_600 + 1 }), 400, "bad_value"),
        (json!({ "role": "executor", "expires_in": i64::MAX }), 400, "bad_value"),
        (json!({ "role": "executor", "expires_in": "1h" }), 422, "invalid"),
    ] {
        invite(&world, body).await.refused(status, code);
    }
    for body in [
        json!({ "role": "patrol", "uses": 1_000, "expires_in": 60 }),
        json!({ "role": "planner", "uses": 1, "expires_in": 30 * 24 * 3_600 }),
    ] {
        assert_eq!(invite(&world, body).await.status, 201);
    }
}

#[tokio::test]
async fn it_ends_to_the_second_and_is_forgotten_long_after() {
    let world = World::new().await;
    let body = json!({ "role": "executor", "uses": 9, "expires_in": 60 });
    let token = token(&world, body).await;
    world.clock.advance(Duration::from_micros(59_999_999));
    register(&world, &token, "executor", "AI-1").await.ok();
    world.clock.advance(Duration::from_micros(1));
    let late = register(&world, &token, "executor", "AI-2").await;
    late.refused(403, "invite_expired");
    assert!(late.text.contains("2026-11-20T09:01Z"), "{}", late.text);
    world.advance(60 * 24 * 30);
    world.purge().await;
    register(&world, &token, "executor", "AI-2").await.refused(403, "invite_expired");
    world.clock.advance(Duration::from_micros(1));
    world.purge().await;
    register(&world, &token, "executor", "AI-2").await.refused(403, "bad_registration_token");
}

#[tokio::test]
async fn another_role_is_told_which_it_is_for_and_uses_nothing_up() {
    let world = World::new().await;
    let token = token(&world, json!({ "role": "reviewer" })).await;
    let wrong = register(&world, &token, "planner", "AI-Rev").await;
    wrong.refused(403, "invite_wrong_role");
    assert!(wrong.text.contains("reviewer"), "{}", wrong.text);
    assert_eq!(used(&world).await, [0]);
    register(&world, &token, "reviewer", "AI-Rev").await.ok();
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_the_invite_as_it_was() {
    let world = World::new().await;
    world.agent("executor", "AI-Wu").await;
    let token = token(&world, json!({ "role": "executor" })).await;
    let taken = register(&world, &token, "executor", "AI-Wu").await;
    taken.refused(400, "name_taken");
    let next = json!({"action": "log_in", "server": "http://127.0.0.1:6565"});
    assert_eq!(taken.json()["next"], next);
    assert_eq!(used(&world).await, [0]);
    register(&world, &token, "executor", "AI-Li").await.ok();
    assert_eq!(used(&world).await, [1]);
}

/// The last use of an invite, wanted many times at once and among other registrations.
#[tokio::test]
async fn the_last_use_is_one_agents() {
    let world = World::new().await;
    let token = token(&world, json!({ "role": "executor", "uses": 2 })).await;
    register(&world, &token, "executor", "first").await.ok();
    let tries = (0..16).map(|n| {
        let (world, token) = (&world, if n % 4 == 3 { TOKEN } else { token.as_str() });
        async move { register(world, token, "executor", &format!("AI-{n}")).await }
    });
    let answers = join_all(tries).await;
    let invited: Vec<&Answer> =
        answers.iter().enumerate().filter(|(n, _)| n % 4 != 3).map(|(_, answer)| answer).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 4 + 1);
    assert_eq!(invited.iter().filter(|answer| answer.status == 200).count(), 1);
    for lost in invited.iter().filter(|answer| answer.status != 200) {
        lost.refused(403, "invite_used_up");
    }
    assert_eq!(used(&world).await, [2]);
    let team = world.agent("planner", "Plan").await;
    let agents = world.get(&team, "/api/agents?role=executor").await.ok();
    assert_eq!(agents.as_array().unwrap().len(), 1 + 4 + 1);
}

/// An answer that was lost: the same request again is the same agent and the same use, and only
/// for whoever has the same invite.
#[tokio::test]
async fn a_repeated_registration_uses_it_once() {
    let world = World::new().await;
    let once = token(&world, json!({ "role": "executor", "expires_in": 60 })).await;
    let other = token(&world, json!({ "role": "executor", "uses": 5 })).await;
    let body = json!({ "role": "executor", "name": "AI-Wu" });
    let send = async |token: &str, key: &str| {
        let headers = [("x-registration-token", token), ("idempotency-key", key)];
        world.ask("POST", "/api/agents/register", &headers, &body).await
    };
    let first = send(&once, "k").await.ok();
    let second = send(&once, "k").await.ok();
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["api_key"], second["api_key"]);
    let me = async |answer: &Value| {
        let key = answer["api_key"].as_str().unwrap();
        world.ask("GET", "/api/scores/me", &[("x-agent-key", key)], &Value::Null).await.status
    };
    assert_eq!((me(&first).await.as_u16(), me(&second).await.as_u16()), (401, 200));
    // Neither another key, nor another invite, nor the shared token is a repeat.
    send(&once, "k2").await.refused(403, "invite_used_up");
    send(&other, "k").await.refused(400, "name_taken");
    send(TOKEN, "k").await.refused(400, "name_taken");
    assert_eq!(me(&second).await, 200);
    world.advance(2);
    assert_eq!(send(&once, "k").await.ok()["id"], first["id"], "over, and yet a repeat");
    world.advance(60 * 24);
    send(&once, "k").await.refused(403, "invite_expired");
}

#[tokio::test]
async fn it_works_where_registration_is_closed_and_the_shared_token_does_not() {
    let world = World::with(|config| config.agent.allow_registration = false).await;
    let token = token(&world, json!({ "role": "patrol" })).await;
    register(&world, &token, "patrol", "Pat").await.ok();
    register(&world, TOKEN, "patrol", "Pit").await.refused(403, "registration_closed");
}

/// Whoever guesses learns nothing from the answer, and is answered before the fields are read.
#[tokio::test]
async fn an_unknown_invite_is_a_wrong_token() {
    for open in [true, false] {
        let world = World::with(|config| config.agent.allow_registration = open).await;
        let unknown = format!("inv_{}", "0".repeat(64));
        let mut answers = Vec::new();
        for token in [unknown.as_str(), "wrong", "inv_", "", &unknown[..67], "\u{1f5dd}"] {
            let answer = register(&world, token, "king", "").await;
            answers.push(format!("{} {}", answer.status, answer.without_request_id()));
            // Who guesses has to wait.
            world.advance(1);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert!(answers[0].starts_with("403"), "{answers:#?}");
    }
}
