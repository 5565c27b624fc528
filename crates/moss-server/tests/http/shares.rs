//! What one caller may take of the server, so that the others are served beside it.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use futures_util::future::join_all;
use moss_api::MAX_TEXT_BYTES;
use serde_json::json;

use crate::harness::{Agent, World};

fn get(agent: &Agent, path: &str) -> Request<Body> {
    let key = format!("Bearer {}", agent.key());
    Request::get(path).header("authorization", key).body(Body::empty()).unwrap()
}

/// Of so many answers that are kept unread, how many were whole; the others say when to come again.
fn whole(answers: &[Response]) -> usize {
    let (whole, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status() == 200);
    for answer in refused {
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
    }
    whole.len()
}

#[tokio::test]
async fn one_key_on_hundreds_of_connections_keeps_nobody_from_waking() {
    let world = World::new().await;
    let team = world.team().await;
    for agent in [&team.planner, &team.executor] {
        world.get(agent, "/api/sub-tasks").await.ok();
    }
    let flood = async {
        join_all((0..600).map(|_| world.unread(get(&team.planner, "/api/sub-tasks")))).await
    };
    // Asked when the flood stands where it waits.
    let wake = async {
        tokio::task::yield_now().await;
        world.get(&team.executor, "/api/wake").await
    };
    let (flood, woken) = tokio::join!(flood, wake);
    woken.ok();
    // Its own line is served, and no more.
    assert_eq!(whole(&flood), 64);
    world.get(&team.planner, "/api/sub-tasks").await.ok();
}

#[tokio::test]
async fn answers_that_are_not_read_are_bounded_and_given_back() {
    let world = World::new().await;
    let team = world.team().await;
    let task = world.post(&team.planner, "/api/tasks", json!({ "name": "Long" })).await.id();
    let modules = format!("/api/tasks/{task}/modules");
    for number in 0..16 {
        let body =
            json!({ "name": format!("M{number}"), "description": "\"".repeat(MAX_TEXT_BYTES) });
        world.post(&team.planner, &modules, body).await.ok();
    }
    // Two mebibytes each.
    let mut unread = Vec::new();
    for _ in 0..20 {
        unread.push(world.unread(get(&team.executor, &modules)).await);
    }
    assert_eq!(whole(&unread), 8);
    // Small ones of the same agent, and large ones of others.
    world.get(&team.executor, "/api/wake").await.ok();
    world.get(&team.planner, &modules).await.ok();
    world.get(&team.executor, &modules).await.refused(503, "unavailable");
    // One that is written counts no more, nor do those of connections that are gone.
    let read = to_bytes(unread.remove(0).into_body(), usize::MAX).await.unwrap();
    assert!(read.len() > 2 * 1024 * 1024);
    drop(read);
    world.get(&team.executor, &modules).await.ok();
    drop(unread);
    for _ in 0..20 {
        world.get(&team.executor, &modules).await.ok();
    }
}
