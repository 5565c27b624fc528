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

/// A path whose answer has two mebibytes.
async fn two_mebibytes(world: &World, planner: &Agent) -> String {
    let task = world.post(planner, "/api/tasks", json!({ "name": "Long" })).await.id();
    let modules = format!("/api/tasks/{task}/modules");
    for number in 0..16 {
        let body =
            json!({ "name": format!("M{number}"), "description": "\"".repeat(MAX_TEXT_BYTES) });
        world.post(planner, &modules, body).await.ok();
    }
    modules
}

/// Asks until this agent gets no more; keeps the answers, unread.
async fn fill(world: &World, agent: &Agent, path: &str) -> Vec<Response> {
    let mut unread = Vec::new();
    loop {
        let answer = world.unread(get(agent, path)).await;
        if answer.status() != 200 {
            return unread;
        }
        unread.push(answer);
    }
}

#[tokio::test]
async fn answers_that_are_not_read_are_bounded_and_given_back() {
    let world = World::new().await;
    let team = world.team().await;
    let modules = two_mebibytes(&world, &team.planner).await;
    let mut unread = Vec::new();
    for _ in 0..20 {
        unread.push(world.unread(get(&team.executor, &modules)).await);
    }
    assert_eq!(whole(&unread), 3);
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

/// What was done is told, whatever is not read yet; who reads nothing is refused before.
#[tokio::test]
async fn a_write_that_was_done_is_answered_and_one_that_cannot_be_is_not_done() {
    let world = World::new().await;
    let team = world.team().await;
    let modules = two_mebibytes(&world, &team.planner).await;
    let long = json!([{ "name": "one", "description": "\"".repeat(MAX_TEXT_BYTES) }]);
    let one = world.plan(&team.planner, "One", long.clone()).await.remove(0);
    let two = world.plan(&team.planner, "Two", long).await.remove(0);

    let mut unread = fill(&world, &team.executor, &modules).await;
    let claim = |id: &str| {
        let key = format!("Bearer {}", team.executor.key());
        let claim = Request::post(format!("/api/sub-tasks/{id}/claim"));
        claim.header("authorization", key).body(Body::empty()).unwrap()
    };
    let claimed = world.unread(claim(&one)).await;
    assert_eq!(claimed.status(), 200, "what is done is told, though its answer finds no room");
    assert_eq!(world.status(&one, &team.planner).await, "assigned");
    // Now it has more than its share.
    unread.push(claimed);
    world.send(claim(&two)).await.refused(503, "unavailable");
    assert_eq!(world.status(&two, &team.planner).await, "pending", "it was done all the same");
    world.get(&team.executor, "/api/agents/me").await.ok();
    drop(unread);
    world.send(claim(&two)).await.ok();

    // Others have taken all there is: who reads what it gets is served.
    let mut all = Vec::new();
    for number in 0..5 {
        let greedy = world.agent("executor", &format!("Greedy {number}")).await;
        all.extend(fill(&world, &greedy, &modules).await);
    }
    world.get(&team.planner, &modules).await.refused(503, "unavailable");
    let three = json!({ "task": { "name": "Three" }, "sub_tasks": [{ "name": "three" }] });
    world.post(&team.planner, "/api/plans", three).await.ok();
    let started = world.act(&team.executor, &one, "start", json!({})).await.ok();
    assert_eq!(started["status"], "in_progress");
    drop(all);
}
