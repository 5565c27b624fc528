//! What is noticed on the way reaches the planner, and comes back no more once it is answered.

use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

async fn begun(world: &World, who: &Agent, id: &str) {
    world.act(who, id, "claim", json!({})).await.ok();
    world.act(who, id, "start", json!({})).await.ok();
}

fn file(sha: &str) -> Value {
    json!({ "path": "/ws/a.py", "size": 1, "sha256": sha.repeat(64) })
}

/// What a planner's packet has of it: kind and text.
async fn left(world: &World, planner: &Agent) -> Vec<(String, String)> {
    let packet = world.get(planner, "/api/wake").await.ok();
    let text = |it: &Value, field: &str| it[field].as_str().unwrap().to_owned();
    let left = packet["leftovers"].as_array().cloned().unwrap_or_default();
    left.iter().map(|it| (text(it, "kind"), text(it, "text"))).collect()
}

async fn approve(world: &World, team: &Team, id: &str, comment: &str, follow_up: Option<&str>) {
    world.get(&team.reviewer, &format!("/api/sub-tasks/{id}")).await.ok();
    let mut body = json!({
        "sub_task_id": id, "result": "approved", "score": 4, "comment": comment,
    });
    if let Some(follow_up) = follow_up {
        body["follow_up"] = json!(follow_up);
    }
    world.post(&team.reviewer, "/api/review-records", body).await.ok();
}

#[tokio::test]
async fn what_executors_and_reviewers_notice_reaches_the_planner() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b" }]);
    let ids = world.plan(&team.planner, "Shop", plan).await;
    begun(&world, &team.executor, &ids[0]).await;
    let body = json!({ "summary": "done", "noticed": "the login page is broken" });
    world.act(&team.executor, &ids[0], "submit", body).await.ok();
    let log = json!({ "action": "plan", "summary": "rates are missing", "sub_task_id": ids[0] });
    world.post(&team.executor, "/api/logs", log).await.ok();
    // What the planner writes down is its own, and other logs are nobody's to answer.
    let own = json!({ "action": "plan", "summary": "later", "sub_task_id": ids[0] });
    world.post(&team.planner, "/api/logs", own).await.ok();
    let other = json!({ "action": "coding", "summary": "half-way", "sub_task_id": ids[0] });
    world.post(&team.executor, "/api/logs", other).await.ok();
    approve(&world, &team, &ids[0], "clear and tested", Some("document the endpoint")).await;
    let want = [
        ("noticed", "the login page is broken"),
        ("plan", "rates are missing"),
        ("follow_up", "document the endpoint"),
    ];
    let want = want.map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    assert_eq!(left(&world, &team.planner).await, want);
    assert_eq!(world.gate(&team.planner).await["work"], false, "shown, and woken by none");
    // A remark matters when the task is to be closed.
    world.act(&team.planner, &ids[1], "cancel", json!({})).await.ok();
    let remark = ("remark".to_owned(), "clear and tested".to_owned());
    assert_eq!(left(&world, &team.planner).await.pop(), Some(remark));
}

#[tokio::test]
async fn what_is_answered_comes_back_no_more() {
    let world = World::new().await;
    let team = world.team().await;
    let ids = world.plan(&team.planner, "Shop", json!([{ "name": "a" }])).await;
    begun(&world, &team.executor, &ids[0]).await;
    for noticed in ["one", "two"] {
        let log = json!({ "action": "plan", "summary": noticed, "sub_task_id": ids[0] });
        world.post(&team.executor, "/api/logs", log).await.ok();
        world.advance(1);
    }
    let all = world.get(&team.planner, "/api/leftovers").await.ok();
    let id = |at: usize| all[at]["id"].as_str().unwrap().to_owned();
    let task = all[0]["task_id"].as_str().unwrap();
    let path = format!("/api/leftovers/{}/answer", id(0));
    let why = json!({ "answer": "it is meant to be so" });
    world.post(&team.executor, &path, why.clone()).await.refused(403, "wrong_role");
    world.post(&team.planner, &path, json!({ "answer": " " })).await.refused(400, "bad_value");
    let answered = world.post(&team.planner, &path, why).await.ok();
    assert_eq!(answered["answer"], "it is meant to be so");
    // Twice is once: the first answer stays.
    let again = world.post(&team.planner, &path, json!({ "answer": "other" })).await.ok();
    assert_eq!(again["answer"], "it is meant to be so");
    let add = json!({ "task_id": task, "name": "mend it", "answers": [&id(1)[..8]] });
    let made = world.post(&team.planner, "/api/sub-tasks", add).await.ok();
    assert_eq!(left(&world, &team.planner).await, []);
    let all = world.get(&team.planner, &format!("/api/leftovers?task_id={task}")).await.ok();
    let short = &made["id"].as_str().unwrap()[..8];
    assert_eq!(all[1]["answer"], format!("sub-task {short}"));
    let nowhere = json!({ "task_id": task, "name": "x", "answers": ["ffffffff"] });
    world.post(&team.planner, "/api/sub-tasks", nowhere).await.refused(404, "not_found");
}

#[tokio::test]
async fn an_approved_file_that_another_changes_is_told() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b" }, { "name": "c" }]);
    let ids = world.plan(&team.planner, "Shop", plan).await;
    begun(&world, &team.executor, &ids[0]).await;
    let body = json!({ "artifacts": [file("0")] });
    world.act(&team.executor, &ids[0], "submit", body.clone()).await.ok();
    approve(&world, &team, &ids[0], "", None).await;
    begun(&world, &team.executor, &ids[1]).await;
    world.act(&team.executor, &ids[1], "submit", body).await.ok();
    assert_eq!(left(&world, &team.planner).await, [], "it is the same");
    begun(&world, &team.other, &ids[2]).await;
    world.act(&team.other, &ids[2], "submit", json!({ "artifacts": [file("1")] })).await.ok();
    let text = format!("approved for this, changed since by {}: \"/ws/a.py\"", &ids[2][..8]);
    assert_eq!(left(&world, &team.planner).await, [("file_changed".to_owned(), text)]);
}

#[tokio::test]
async fn a_flood_of_it_keeps_the_packet_small_and_a_closed_task_takes_its_own_along() {
    let world = World::new().await;
    let team = world.team().await;
    let ids = world.plan(&team.planner, "Shop", json!([{ "name": "a" }])).await;
    begun(&world, &team.executor, &ids[0]).await;
    for _ in 0..120 {
        let log = json!({ "action": "plan", "summary": "x".repeat(9_000), "sub_task_id": ids[0] });
        world.post(&team.executor, "/api/logs", log).await.ok();
    }
    let left_over = left(&world, &team.planner).await;
    assert_eq!(left_over.len(), 5);
    assert!(left_over.iter().all(|(_, text)| text.chars().count() <= 241));
    let row = world.sub_task(&ids[0], &team.planner).await;
    let task = row["task_id"].as_str().unwrap();
    world.post(&team.planner, &format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
    assert_eq!(left(&world, &team.planner).await, []);
    let all = world.get(&team.planner, &format!("/api/leftovers?task_id={task}")).await.ok();
    assert!(all.as_array().unwrap().iter().all(|it| it["answer"] == "the task is cancelled"));
}
