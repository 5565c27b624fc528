//! Tasks: checked transitions, counts, closing and giving up.

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn a_task_lives_as_the_table_says() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let task = world.sub_task(&id, &team.planner).await["task_id"].as_str().unwrap().to_owned();
    let path = format!("/api/tasks/{task}");
    let status_path = format!("{path}/status");
    let to = |status: &str| world.put(&team.planner, &status_path, json!({ "status": status }));
    let body = world.get(&team.planner, &path).await.ok();
    assert_eq!((&body["status"], &body["all_done"]), (&json!("in_progress"), &json!(false)));
    let early = to("completed").await;
    early.refused(409, "open_sub_tasks");
    to("active").await.refused(409, "illegal_transition");
    to("cancelled").await.refused(400, "bad_value");
    to("nonsense").await.refused(400, "bad_value");
    world.judge(&team.reviewer, &id, "approved", 4).await.ok();
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["tasks"][0]["all_done"], true);
    assert_eq!(world.get(&team.planner, &path).await.ok()["all_done"], true);
    to("completed").await.ok();
    to("completed").await.ok();
    let body = json!({ "task_id": task, "name": "late" });
    world.post(&team.planner, "/api/sub-tasks", body).await.refused(409, "task_not_open");
    to("archived").await.ok();
    to("active").await.refused(409, "illegal_transition");
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["work"], false);
}

#[tokio::test]
async fn giving_a_task_up_takes_its_open_work_along() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "held" }, { "name": "free" }, { "name": "waits", "depends_on": ["free"] }]);
    let ids = world.plan(&team.planner, "Gone", plan).await;
    world.act(&team.executor, &ids[0], "claim", json!({})).await.ok();
    let task = world.sub_task(&ids[0], &team.planner).await["task_id"].as_str().unwrap().to_owned();
    let cancel = format!("/api/tasks/{task}/cancel");
    world.post(&team.planner, &cancel, json!({})).await.ok();
    for id in &ids {
        assert_eq!(world.status(id, &team.planner).await, "cancelled");
    }
    world.act(&team.executor, &ids[0], "start", json!({})).await.refused(409, "illegal_transition");
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(packet["work"], false);
    world.post(&team.planner, &cancel, json!({})).await.refused(409, "illegal_transition");
    assert_eq!(world.attempts(&ids[0], &team.planner).await[0]["outcome"], "cancel");
}

#[tokio::test]
async fn done_and_cancelled_absorb() {
    let world = World::new().await;
    let team = world.team().await;
    let done = world.handed_in(&team).await;
    world.judge(&team.reviewer, &done, "approved", 5).await.ok();
    let cancelled = world.plan(&team.planner, "C", json!([{ "name": "c" }])).await.remove(0);
    world.act(&team.planner, &cancelled, "cancel", json!({})).await.ok();
    for id in [&done, &cancelled] {
        let body = json!({
            "session_id": "s", "class": "other", "detail": "x", "agent_id": team.other.id,
        });
        for (agent, actions) in [
            (
                &team.executor,
                &["claim", "start", "heartbeat", "session", "submit", "release", "fail"][..],
            ),
            (&team.planner, &["cancel", "reassign", "release"]),
            (&team.patrol, &["block"]),
        ] {
            for action in actions {
                let answer = world.act(agent, id, action, body.clone()).await;
                assert_eq!(answer.status, 409, "{action}: {}", answer.text);
            }
        }
        let path = format!("/api/sub-tasks/{id}");
        let edit = world.put(&team.planner, &path, json!({ "name": "n" })).await;
        edit.refused(409, "illegal_transition");
    }
}

#[tokio::test]
async fn blocked_work_comes_back_through_the_planner() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let body = json!({ "class": "unclear", "detail": "which format?" });
    world.act(&team.executor, &id, "fail", body).await.ok();
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["items"][0]["kind"], "blocked");
    assert_eq!(packet["items"][0]["reason"], "unclear: which format?");
    world.act(&team.executor, &id, "release", json!({})).await.refused(409, "illegal_transition");
    let path = format!("/api/sub-tasks/{id}");
    world.put(&team.planner, &path, json!({ "acceptance": "CSV" })).await.ok();
    world.act(&team.planner, &id, "release", json!({})).await.ok();
    world.act(&team.other, &id, "claim", json!({})).await.ok();
}
