//! "I looked and leave it": nobody is woken again by what it has judged, until that changes.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, World};

/// A sub-task that its executor could not do.
async fn blocked(world: &World, planner: &Agent, executor: &Agent) -> String {
    let id = world.one(planner).await;
    world.act(executor, &id, "claim", json!({})).await.ok();
    let body = json!({ "class": "unclear", "detail": "which currency?" });
    world.act(executor, &id, "fail", body).await.ok();
    id
}

async fn items(world: &World, agent: &Agent) -> usize {
    let packet = world.get(agent, "/api/wake").await.ok();
    packet["items"].as_array().unwrap().len()
}

async fn leave(world: &World, agent: &Agent, id: &str, body: Value) -> Answer {
    world.act(agent, id, "leave", body).await
}

#[tokio::test]
async fn a_planner_waits_until_it_changes() {
    let world = World::new().await;
    let team = world.team().await;
    let id = blocked(&world, &team.planner, &team.executor).await;
    assert!(world.wakes(&team.planner).await);
    let why = json!({ "why": "asked the customer" });
    let left = leave(&world, &team.planner, &id, why).await.ok();
    assert_eq!((&left["status"], &left["id"]), (&json!("blocked"), &json!(id)));
    world.advance(60 * 24 * 30);
    assert!(!world.wakes(&team.planner).await);
    assert_eq!(items(&world, &team.planner).await, 0);
    let history = world.get(&team.planner, &format!("/api/sub-tasks/{id}/history")).await.ok();
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!((&last["action"], &last["detail"]), (&json!("leave"), &json!("asked the customer")));
    // Somebody changes it: it is the planner's again.
    let edit = json!({ "description": "in euros" });
    world.put(&team.planner, &format!("/api/sub-tasks/{id}"), edit).await.ok();
    assert!(world.wakes(&team.planner).await);
    assert_eq!(items(&world, &team.planner).await, 1);
}

#[tokio::test]
async fn a_time_ends_it() {
    let world = World::new().await;
    let team = world.team().await;
    let id = blocked(&world, &team.planner, &team.executor).await;
    let until = (world.now() + std::time::Duration::from_secs(3_600)).to_string();
    leave(&world, &team.planner, &id, json!({ "until": until })).await.ok();
    world.advance(59);
    assert!(!world.wakes(&team.planner).await);
    world.advance(1);
    assert!(world.wakes(&team.planner).await);
    // The newest word counts.
    leave(&world, &team.planner, &id, json!({ "why": "the customer is away" })).await.ok();
    world.advance(60 * 24);
    assert!(!world.wakes(&team.planner).await);
}

#[tokio::test]
async fn a_task_may_wait_too_until_something_is_added() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "approved", 4).await.ok();
    let task = world.sub_task(&id, &team.planner).await["task_id"].as_str().unwrap().to_owned();
    assert!(world.wakes(&team.planner).await);
    let path = format!("/api/tasks/{}/leave", &task[..8]);
    world.post(&team.planner, &path, json!({ "why": "the customer looks at it" })).await.ok();
    world.advance(60);
    assert!(!world.wakes(&team.planner).await);
    let more = json!({ "task_id": task, "name": "more" });
    let more = world.post(&team.planner, "/api/sub-tasks", more).await.id();
    world.act(&team.planner, &more, "cancel", json!({})).await.ok();
    assert!(world.wakes(&team.planner).await, "it is all done anew");
}

#[tokio::test]
async fn what_is_no_judgement_is_refused() {
    let world = World::new().await;
    let team = world.team().await;
    let id = blocked(&world, &team.planner, &team.executor).await;
    let past = world.now().to_string();
    for (body, problem) in [
        (json!({}), "why: say why it is left, or until when"),
        (json!({ "why": " " }), "why: say why it is left, or until when"),
        (json!({ "until": past }), "until: is in the past"),
        (json!({ "until": "2031-11-20T09:00:00Z" }), "until: is more than a year ahead"),
    ] {
        let answer = leave(&world, &team.planner, &id, body).await;
        answer.refused(400, "bad_value");
        assert_eq!(answer.json()["detail"], problem);
    }
    let why = || json!({ "why": "w" });
    for agent in [&team.executor, &team.reviewer, &team.patrol] {
        leave(&world, agent, &id, why()).await.refused(403, "wrong_role");
    }
    let free = world.plan(&team.planner, "Free", json!([{ "name": "x" }])).await.remove(0);
    leave(&world, &team.planner, &free, why()).await.refused(409, "illegal_transition");
    let nothing = "ffffffff-0000-4000-8000-000000000000";
    leave(&world, &team.planner, nothing, why()).await.refused(404, "not_found");
    assert_eq!(items(&world, &team.planner).await, 1);
}
