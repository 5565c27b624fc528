//! What is sent along: nothing is read of a caller nobody knows, little of one who may be, and a
//! request takes its place when it has arrived.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::{FutureExt, StreamExt, stream};
use moss_api::MAX_STRANGER_BODY_BYTES;
use serde_json::{Value, json};

use crate::harness::TOKEN;
use crate::harness::World;

/// A body that counts how often it is asked for a piece.
fn watched(pieces: Vec<&'static str>) -> (Arc<AtomicUsize>, Body) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let pieces = stream::iter(pieces).map(move |piece| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from(piece))
    });
    (asked, Body::from_stream(pieces))
}

/// A body whose second half does not come.
fn unfinished() -> Body {
    let half = stream::iter([Ok::<_, std::io::Error>(Bytes::from("{\"name\":"))]);
    Body::from_stream(half.chain(stream::pending()))
}

#[tokio::test]
async fn who_is_not_known_is_told_so_before_anything_is_read() {
    let world = World::new().await;
    world.team().await;
    let unknown = format!("Bearer ak_{}", "0".repeat(80));
    let cases = [
        ("/api/tasks", "authorization", unknown.as_str(), 401, "unknown_key"),
        ("/api/tasks", "authorization", "Bearer nobody", 401, "unknown_key"),
        ("/api/tasks", "x-nothing", "", 422, "missing_credentials"),
        ("/api/rules", "x-admin-token", "nobody", 403, "bad_admin_session"),
        ("/api/agents/register", "x-registration-token", "no", 403, "bad_registration_token"),
    ];
    for (path, header, value, status, code) in cases {
        // The client would send only when asked to: whoever reads, asks.
        let (asked, body) = watched(vec!["{\"name\": nope"]);
        let request = Request::post(path)
            .header(header, value)
            .header("content-type", "application/json")
            .header("expect", "100-continue");
        world.send(request.body(body).unwrap()).await.refused(status, code);
        assert_eq!(asked.load(Ordering::Relaxed), 0, "{path} {code}");
    }
}

#[tokio::test]
async fn who_sends_slowly_and_is_not_known_is_answered_all_the_same() {
    let world = World::new().await;
    let request = Request::post("/api/tasks").header("authorization", "Bearer nobody");
    let answer = world.send(request.body(unfinished()).unwrap());
    let answer = tokio::time::timeout(Duration::from_secs(5), answer).await.expect("no answer");
    answer.refused(401, "unknown_key");
}

#[tokio::test]
async fn little_is_read_of_who_may_be_let_in() {
    let world = World::new().await;
    let long = "x".repeat(MAX_STRANGER_BODY_BYTES);
    let token = [("x-registration-token", TOKEN)];
    for (path, body) in [
        ("/api/admin/login", json!({ "password": long })),
        ("/api/agents/register", json!({ "name": "A", "role": "executor", "description": long })),
        ("/api/setup/initialize", json!({ "admin_password": long })),
    ] {
        let refused = world.ask("POST", path, &token, &body).await;
        assert!(refused.text.contains("8192 bytes"), "{}", refused.text);
        refused.refused(413, "too_large");
    }
    let fits = "x".repeat(MAX_STRANGER_BODY_BYTES - 100);
    let body = json!({ "name": "A", "role": "executor", "description": fits });
    world.ask("POST", "/api/agents/register", &token, &body).await.ok();
}

#[tokio::test]
async fn a_known_caller_is_told_of_bad_json_before_its_role() {
    let world = World::new().await;
    let team = world.team().await;
    let post =
        async |body: &'static str| world.raw(&team.executor, "POST", "/api/tasks", body).await;
    post("{\"name\": nope").await.refused(422, "bad_json");
    post("{\"name\":\"\\ud83d\"}").await.refused(400, "bad_encoding");
    post("{\"name\": 5}").await.refused(403, "wrong_role");
    post("").await.refused(403, "wrong_role");
    let big = " ".repeat(1024 * 1024 + 1);
    world.raw(&team.executor, "POST", "/api/tasks", big).await.refused(413, "too_large");
}

#[tokio::test]
async fn where_no_body_is_taken_none_is_looked_at() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let path = format!("/api/sub-tasks/{id}/cancel");
    world.raw(&team.executor, "POST", &path, "{").await.refused(403, "wrong_role");
    world.raw(&team.planner, "POST", &path, "{").await.ok();
}

#[tokio::test]
async fn deep_and_crowded_bodies_are_refused() {
    let world = World::new().await;
    let team = world.team().await;
    let post = async |x: String| {
        let body = format!("{{\"name\":\"n\",\"x\":{x}}}");
        world.raw(&team.planner, "POST", "/api/tasks", body).await
    };
    post(format!("{}{}", "[".repeat(40), "]".repeat(40))).await.refused(422, "bad_json");
    post(format!("[{}0]", "{\"\":0},".repeat(140_000))).await.refused(413, "too_large");
    post(format!("[{}0]", "0,".repeat(90_000))).await.ok();
    // A list in place of an object is none, though a type could be read from it.
    let list = world.raw(&team.planner, "POST", "/api/tasks", "[\"n\"]").await;
    assert_eq!(list.json()["detail"][0]["type"], "model_attributes_type");
    assert_eq!(list.json()["detail"][0]["loc"], json!(["body"]));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_large_one() {
    let world = World::new().await;
    let team = world.team().await;
    let half = Ok(Bytes::from("{\"name\":"));
    let broken = stream::iter([half, Err(std::io::Error::other("broken"))]);
    let body = Body::from_stream(broken);
    let answer = world.raw(&team.planner, "POST", "/api/tasks", body).await;
    assert_eq!(answer.json()["detail"], "the body ends too early, or its chunks are malformed");
    answer.refused(400, "broken_body");
}

#[tokio::test]
async fn problems_are_located_as_before() {
    let world = World::new().await;
    let team = world.team().await;
    let problem = async |path: &str, body: Value| {
        let answer = world.post(&team.planner, path, body).await;
        answer.json()["detail"][0].clone()
    };
    let missing = problem("/api/sub-tasks", json!({ "name": "n" })).await;
    assert_eq!(missing["loc"], json!(["body", "task_id"]));
    assert_eq!((&missing["type"], &missing["msg"]), (&json!("missing"), &json!("Field required")));
    let plan = json!({ "task": { "name": "t" }, "sub_tasks": [{ "name": "a" }, { "name": 5 }] });
    let nested = problem("/api/plans", plan).await;
    assert_eq!(nested["loc"], json!(["body", "sub_tasks", 1, "name"]));
    assert_eq!(nested["msg"], "invalid type: integer `5`, expected a string");
    let plan = json!({ "task": { "name": "t", "colour": "red" } });
    let unknown = problem("/api/plans", plan).await;
    assert_eq!(unknown["loc"], json!(["body", "task", "colour"]));
    assert!(!unknown["msg"].as_str().unwrap().contains(" at line "), "{unknown}");
}

#[tokio::test]
async fn a_request_takes_its_place_when_it_has_arrived() {
    let world = World::new().await;
    let team = world.team().await;
    // More than there are places, of callers known and not.
    let slow = (0..700).map(|n| {
        let (path, key) = match n % 2 {
            0 => ("/api/tasks", format!("Bearer {}", team.planner.key())),
            _ => ("/api/admin/login", "Bearer nobody".to_owned()),
        };
        let request = Request::post(path).header("authorization", key);
        let request = request.header("content-type", "application/json");
        world.send(request.body(unfinished()).unwrap())
    });
    let mut slow: Vec<_> = slow.map(Box::pin).collect();
    for one in &mut slow {
        assert!(one.now_or_never().is_none());
    }
    // They have been looked at often enough to stand where they stop.
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        for one in &mut slow {
            assert!(one.now_or_never().is_none());
        }
    }
    world.post(&team.planner, "/api/tasks", json!({ "name": "quick" })).await.ok();
    world.agent("executor", "new").await;
    let health = pin!(world.ask("GET", "/api/health", &[], &Value::Null));
    health.await.ok();
}

/// A large body of which all but the end has come.
fn large_and_slow() -> Body {
    let begun = format!("{{\"name\":\"{}", " ".repeat(900_000));
    let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from(begun))]);
    Body::from_stream(begun.chain(stream::pending()))
}

#[tokio::test]
async fn large_bodies_that_do_not_end_leave_room_for_others() {
    let world = World::new().await;
    let team = world.team().await;
    let slow = (0..100).map(|n| {
        let agent = if n < 80 { &team.planner } else { &team.executor };
        world.raw(agent, "POST", "/api/tasks", large_and_slow())
    });
    let mut slow: Vec<_> = slow.map(Box::pin).collect();
    let mut refused = Vec::new();
    // Who is sent away hears so when nothing more of the body has come for a second.
    for _ in 0..600 {
        // Two callers have two shares, of seven such bodies each.
        if slow.len() == 14 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        let mut waiting = Vec::new();
        for mut one in slow {
            match (&mut one).now_or_never() {
                Some(answer) => refused.push(answer),
                None => waiting.push(one),
            }
        }
        slow = waiting;
    }
    assert_eq!((slow.len(), refused.len()), (14, 86));
    for answer in refused {
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(answer.headers["connection"], "close");
        answer.refused(503, "unavailable");
    }
    // Small ones of the same agent, and large ones of others.
    world.post(&team.planner, "/api/tasks", json!({ "name": "small" })).await.ok();
    let large = json!({ "name": "large", "x": " ".repeat(900_000) });
    world.post(&team.reviewer, "/api/tasks", large.clone()).await.refused(403, "wrong_role");
    world.post(&team.planner, "/api/tasks", large.clone()).await.refused(503, "unavailable");
    // Nothing is kept of what is over.
    drop(slow);
    for _ in 0..40 {
        world.post(&team.planner, "/api/tasks", large.clone()).await.ok();
    }
}
