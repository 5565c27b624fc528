//! Invariant 3: only the holder moves a sub-task forward, on every endpoint that changes one; and
//! only the right role anywhere.

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn only_the_holder_moves_a_sub_task() {
    let world = World::new().await;
    let team = world.team().await;
    // Status it stands in, and what the holder could do from there.
    for (status, actions) in [
        ("assigned", &["start", "heartbeat", "release", "fail"][..]),
        ("in_progress", &["heartbeat", "session", "submit", "release", "fail"]),
        ("rework", &["start", "release", "fail"]),
    ] {
        let task = format!("in {status}");
        let id = world.plan(&team.planner, &task, json!([{ "name": "x" }])).await.remove(0);
        world.act(&team.executor, &id, "claim", json!({})).await.ok();
        if status != "assigned" {
            world.act(&team.executor, &id, "start", json!({})).await.ok();
        }
        if status == "rework" {
            world.act(&team.executor, &id, "submit", json!({})).await.ok();
            world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
        }
        let before = world.sub_task(&id, &team.planner).await;
        assert_eq!(before["status"], status);
        for action in actions {
            let body = json!({ "session_id": "s", "class": "other", "detail": "no" });
            let answer = world.act(&team.other, &id, action, body).await;
            answer.refused(403, "not_holder");
            assert!(answer.text.contains("AI-Wu"), "{action}: {}", answer.text);
        }
        assert_eq!(world.sub_task(&id, &team.planner).await, before, "{status}");
    }
}

#[tokio::test]
async fn a_second_claimer_is_told_who_was_first() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let lost = world.act(&team.other, &id, "claim", json!({})).await;
    lost.refused(409, "already_claimed");
    assert!(lost.text.contains(r#"held by \"AI-Wu\" (attempt 1, until 09:30Z)"#), "{}", lost.text);
    let again = world.act(&team.executor, &id, "claim", json!({})).await.ok();
    assert_eq!((&again["already_held"], &again["attempt"]), (&json!(true), &json!(1)));
}

#[tokio::test]
async fn each_action_is_for_its_roles() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let bodies = json!({
        "session_id": "s", "class": "other", "detail": "no", "agent_id": team.executor.id,
    });
    let not_executor = [&team.planner, &team.reviewer, &team.patrol];
    for action in ["claim", "start", "heartbeat", "session", "submit", "fail"] {
        for agent in not_executor {
            world.act(agent, &id, action, bodies.clone()).await.refused(403, "wrong_role");
        }
    }
    for action in ["complete", "rework"] {
        for agent in [&team.planner, &team.executor, &team.patrol] {
            world.act(agent, &id, action, json!({})).await.refused(403, "wrong_role");
        }
    }
    for agent in [&team.planner, &team.executor, &team.reviewer] {
        world.act(agent, &id, "block", json!({})).await.refused(403, "wrong_role");
    }
    for agent in [&team.executor, &team.reviewer, &team.patrol] {
        for action in ["reassign", "cancel"] {
            world.act(agent, &id, action, bodies.clone()).await.refused(403, "wrong_role");
        }
        let path = format!("/api/sub-tasks/{id}");
        world.put(agent, &path, json!({ "name": "y" })).await.refused(403, "wrong_role");
        world.post(agent, "/api/tasks", json!({ "name": "y" })).await.refused(403, "wrong_role");
        let plan = json!({ "task": { "name": "y" } });
        world.post(agent, "/api/plans", plan).await.refused(403, "wrong_role");
    }
    world.act(&team.reviewer, &id, "release", json!({})).await.refused(403, "wrong_role");
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn a_disabled_agent_is_kept_out() {
    use moss_server::domain::access::agents::SetStatus;
    let world = World::new().await;
    let team = world.team().await;
    world.get(&team.executor, "/api/wake").await.ok();
    let disable =
        SetStatus { id: team.executor.id.clone(), status: moss_api::AgentStatus::Disabled };
    world.app.writer.write(disable, None).await.unwrap();
    world.get(&team.executor, "/api/wake").await.refused(403, "agent_disabled");
    world.get(&team.other, "/api/wake").await.ok();
}

#[tokio::test]
async fn a_replaced_key_stops_working_at_once() {
    use moss_server::domain::access::agents::ResetKey;
    use moss_server::security::secret::AgentKey;
    let world = World::new().await;
    let team = world.team().await;
    world.get(&team.executor, "/api/wake").await.ok();
    let reset = ResetKey { id: team.executor.id.clone(), key: AgentKey::generate().unwrap() };
    world.app.writer.write(reset, None).await.unwrap();
    world.get(&team.executor, "/api/wake").await.refused(401, "unknown_key");
}

#[tokio::test]
async fn work_goes_to_active_executors_only() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    for agent in [&team.reviewer.id, &team.planner.name] {
        let body = json!({ "agent_id": agent });
        world.act(&team.planner, &id, "reassign", body).await.refused(400, "bad_value");
    }
    let nobody = json!({ "agent_id": "ffffffff" });
    let refused = world.act(&team.planner, &id, "reassign", nobody).await;
    refused.refused(404, "not_found");
    assert_eq!(refused.json()["next"], json!({ "action": "list_agents", "role": "executor" }));
    let by_name = json!({ "agent_id": "AI-Li" });
    let row = world.act(&team.planner, &id, "reassign", by_name).await.ok();
    assert_eq!(row["assigned_agent"], team.other.id.as_str());
}
