//! The stream of events: who is told what, and that whoever comes back misses nothing and hears
//! nothing twice.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Agent, World};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// As long as nothing comes.
const SILENCE: Duration = Duration::from_millis(200);

/// Somebody who listens.
struct Listener {
    body: BodyDataStream,
    last: String,
}

impl Listener {
    async fn of(world: &World, agent: &Agent, last: Option<&str>) -> Self {
        let mut request =
            Request::get("/api/events").header("authorization", format!("Bearer {}", agent.key));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = world.unread(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut listener =
            Self { body: answer.into_body().into_data_stream(), last: String::new() };
        assert_eq!(listener.piece().await, None, "first comes where it begins");
        listener
    }

    async fn piece(&mut self) -> Option<Value> {
        let bytes = timeout(PATIENCE, self.body.next()).await.unwrap().unwrap().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        self.last = field("id: ").unwrap().to_owned();
        field("data: ").map(|data| serde_json::from_str(data).unwrap())
    }

    /// What comes next that wants the listener to act: what, and of which sub-task.
    async fn call(&mut self) -> (String, String) {
        loop {
            let Some(told) = self.piece().await else { continue };
            if let Some(call) = told["call"].as_str() {
                return (call.to_owned(), told["sub_task_id"].as_str().unwrap().to_owned());
            }
        }
    }

    async fn is_silent(&mut self) -> bool {
        timeout(SILENCE, self.body.next()).await.is_err()
    }
}

fn call(what: &str, id: &str) -> (String, String) {
    (what.to_owned(), id.to_owned())
}

#[tokio::test]
async fn each_is_told_what_wants_them_to_act_and_nobody_of_what_was_before() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let mut wu = Listener::of(&world, &team.executor, None).await;
    let mut li = Listener::of(&world, &team.other, None).await;
    let mut reviewer = Listener::of(&world, &team.reviewer, None).await;
    let mut planner = Listener::of(&world, &team.planner, None).await;
    assert!(wu.is_silent().await);

    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.planner, &id, "reassign", json!({ "agent_id": team.other.id })).await.ok();
    assert_eq!(li.call().await, call("assigned", &id));
    world.act(&team.other, &id, "start", json!({})).await.ok();
    world.act(&team.other, &id, "submit", json!({ "summary": "done" })).await.ok();
    assert_eq!(reviewer.call().await, call("handed_in", &id));
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    assert_eq!(li.call().await, call("rejected", &id));
    let why = json!({ "class": "impossible", "detail": "no" });
    world.act(&team.other, &id, "start", json!({})).await.ok();
    world.act(&team.other, &id, "fail", why).await.ok();
    assert_eq!(planner.call().await, call("blocked", &id));
}

#[tokio::test]
async fn who_comes_back_hears_what_was_missed_and_nothing_twice() {
    let world = World::new().await;
    let team = world.team().await;
    let items: Vec<_> = (0..3).map(|n| json!({ "name": format!("item {n}") })).collect();
    let ids = world.plan(&team.planner, "Several", json!(items)).await;
    let give = async |id: &String| {
        let to = json!({ "agent_id": team.other.id });
        world.act(&team.executor, id, "claim", json!({})).await.ok();
        world.act(&team.planner, id, "reassign", to).await.ok();
    };
    let mut first = Listener::of(&world, &team.other, None).await;
    give(&ids[0]).await;
    assert_eq!(first.call().await, call("assigned", &ids[0]));
    let last = first.last.clone();
    drop(first);
    give(&ids[1]).await;
    let mut second = Listener::of(&world, &team.other, Some(&last)).await;
    give(&ids[2]).await;
    assert_eq!(second.call().await, call("assigned", &ids[1]));
    assert_eq!(second.call().await, call("assigned", &ids[2]));
    assert!(second.is_silent().await);
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_one_agent_has_only_a_few() {
    let world = World::new().await;
    let team = world.team().await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(Listener::of(&world, &team.executor, None).await);
    }
    world.get(&team.executor, "/api/events").await.refused(503, "unavailable");
    world.app.stream.end();
    for mut one in open {
        assert!(timeout(PATIENCE, one.body.next()).await.unwrap().is_none());
    }
    world.get(&team.executor, "/api/events").await.refused(503, "unavailable");
}
