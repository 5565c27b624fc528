//! Dependencies: only what is ready is claimable, circles are refused with their path, and the
//! packet shows what the finished ones delivered.

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn only_ready_work_is_offered_or_claimable() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([
        { "name": "schema" },
        { "name": "import", "depends_on": ["schema"], "priority": "high" },
        { "name": "report", "depends_on": ["schema", "import"], "assign": "AI-Li" },
    ]);
    let ids = world.plan(&team.planner, "Chain", plan).await;
    let offered = world.get(&team.executor, "/api/sub-tasks/available").await.ok();
    assert_eq!((&offered["total"], &offered["items"][0]["name"]), (&json!(1), &json!("schema")));
    let early = world.act(&team.executor, &ids[1], "claim", json!({})).await;
    early.refused(409, "not_ready");
    world.act(&team.other, &ids[2], "start", json!({})).await.refused(409, "not_ready");
    assert_eq!(world.sub_task(&ids[2], &team.planner).await["lease_until"], json!(null));

    world.act(&team.executor, &ids[0], "claim", json!({})).await.ok();
    world.act(&team.executor, &ids[0], "start", json!({})).await.ok();
    let artifact = json!({ "path": "/ws/schema.sql", "size": 3, "sha256": "a".repeat(64) });
    let body = json!({ "summary": "3 tables", "artifacts": [artifact] });
    world.act(&team.executor, &ids[0], "submit", body).await.ok();
    world.act(&team.executor, &ids[1], "claim", json!({})).await.refused(409, "not_ready");
    world.judge(&team.reviewer, &ids[0], "approved", 5).await.ok();

    let next =
        world.post(&team.executor, "/api/sub-tasks/claim-next", json!({ "start": true })).await;
    assert_eq!(next.id(), ids[1]);
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    let built_on = &packet["items"][0]["built_on"][0];
    assert_eq!(built_on["summary"], "3 tables");
    assert_eq!(built_on["artifacts"][0]["path"], "/ws/schema.sql");
}

#[tokio::test]
async fn a_dependency_given_up_is_waited_for_no_longer() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"], "assign": "AI-Li" }]);
    let ids = world.plan(&team.planner, "Given up", plan).await;
    world.act(&team.planner, &ids[0], "cancel", json!({})).await.ok();
    let row = world.sub_task(&ids[1], &team.planner).await;
    assert_eq!(row["open_dependencies"], 0);
    assert!(row["lease_until"].is_string(), "the assignment's clock runs from now");
    world.act(&team.other, &ids[1], "start", json!({})).await.ok();
}

#[tokio::test]
async fn a_circle_is_refused_with_its_path() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = |c_needs: &str| {
        json!({ "task": { "name": "Circle" }, "sub_tasks": [
            { "key": "a", "name": "A", "depends_on": ["b"] },
            { "key": "b", "name": "B", "depends_on": ["c"] },
            { "key": "c", "name": "C", "depends_on": [c_needs] },
        ]})
    };
    for (needs, path) in [("a", r#""a" -> "b" -> "c" -> "a""#), ("c", r#""c" -> "c""#)] {
        let answer = world.post(&team.planner, "/api/plans", plan(needs)).await;
        answer.refused(400, "dependency_cycle");
        assert!(answer.json()["detail"].as_str().unwrap().contains(path), "{}", answer.text);
    }
    let unknown = world.post(&team.planner, "/api/plans", plan("d")).await;
    unknown.refused(400, "bad_value");
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 0, "nothing was made");
}

#[tokio::test]
async fn a_circle_through_an_earlier_plan_is_seen() {
    let world = World::new().await;
    let team = world.team().await;
    let first = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"] }]);
    world.plan(&team.planner, "Twice", first).await;
    let second = json!({ "task": { "name": "Twice" }, "sub_tasks": [
        { "name": "a", "depends_on": ["b"] },
    ]});
    world.post(&team.planner, "/api/plans", second).await.refused(400, "dependency_cycle");
}

#[tokio::test]
async fn dependencies_stay_within_a_task() {
    let world = World::new().await;
    let team = world.team().await;
    let one = world.one(&team.planner).await;
    let task = world.post(&team.planner, "/api/tasks", json!({ "name": "T" })).await.id();
    let body = json!({ "task_id": task, "name": "x", "depends_on": [one] });
    world.post(&team.planner, "/api/sub-tasks", body).await.refused(400, "bad_value");
}

/// What was given away keeps what it waits for, so a plan that turns an edge round around it
/// would make a circle after all.
#[tokio::test]
async fn a_circle_with_what_was_given_away_is_seen() {
    let world = World::new().await;
    let team = world.team().await;
    let first = json!([{ "name": "a", "depends_on": ["b"], "assign": "AI-Wu" }, { "name": "b" }]);
    world.plan(&team.planner, "Turned", first).await;
    let turned = json!({ "task": { "name": "Turned" }, "sub_tasks": [
        { "name": "a", "assign": "AI-Wu" }, { "name": "b", "depends_on": ["a"] },
    ]});
    world.post(&team.planner, "/api/plans", turned).await.refused(400, "dependency_cycle");
}

#[tokio::test]
async fn dependencies_have_a_limit() {
    let world = World::new().await;
    let team = world.team().await;
    let task = world.post(&team.planner, "/api/tasks", json!({ "name": "T" })).await.id();
    let body = json!({ "task_id": task, "name": "x", "depends_on": vec!["abcd"; 201] });
    world.post(&team.planner, "/api/sub-tasks", body).await.refused(400, "bad_value");
}
