//! Every query the wake-up and the lists need is served by an index: the plans of all SELECTs a
//! tour of the reading routes makes are examined.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::harness::World;
use crate::statements::Reads;
use test_support::needs::SQLITE;

test_support::tests![no_list_and_no_wake_up_scans_a_table needs [SQLITE]];

#[tokio::main(flavor = "current_thread")]
async fn no_list_and_no_wake_up_scans_a_table() {
    let (reads, _watched) = Reads::watch();
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 1).await.ok();
    let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"], "assign": "AI-Wu" }]);
    world.plan(&team.planner, "More", plan).await;
    let row = world.sub_task(&id, &team.planner).await;
    let task = row["task_id"].as_str().unwrap();

    let waits = world.plan(&team.planner, "Last", json!([{ "name": "waits" }])).await.remove(0);
    for step in ["claim", "start", "submit"] {
        world.act(&team.other, &waits, step, json!({})).await.ok();
    }

    reads.take();
    for path in ["/api/sub-tasks", &format!("/api/sub-tasks/{waits}")] {
        world.get(&team.reviewer, path).await.ok();
    }
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        world.get(agent, "/api/wake?since=5").await.ok();
    }
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        world.gate(agent).await;
        world.gate(agent).await;
    }
    world.watch(world.now()).await;
    for path in [
        "/api/patrol/anomalies",
        "/api/patrol/anomalies?closed=true",
        "/api/tasks",
        "/api/tasks?status=active",
        "/api/sub-tasks",
        "/api/sub-tasks?status=pending",
        &format!("/api/sub-tasks?task_id={task}"),
        "/api/sub-tasks?module_id=ffffffff",
        "/api/sub-tasks/mine",
        "/api/sub-tasks/mine?status=rework",
        "/api/sub-tasks/available",
        &format!("/api/sub-tasks/latest?task_id={task}"),
        &format!("/api/sub-tasks/{}", &id[..8]),
        &format!("/api/sub-tasks/{id}/attempts"),
        &format!("/api/sub-tasks/{id}/history"),
        "/api/review-records",
        &format!("/api/review-records?sub_task_id={id}"),
        "/api/scores/me",
        "/api/scores/me/logs",
        "/api/logs/mine?action=reflection",
        &format!("/api/logs?sub_task_id={id}"),
        "/api/logs",
        &format!("/api/tasks/{task}/modules"),
    ] {
        world.get(&team.executor, path).await.ok();
    }
    let seen = reads.take();
    assert!(seen.len() > 40, "only {} statements were seen", seen.len());
    let db = world.app.store.read();
    let mut bad = Vec::new();
    for sql in seen {
        // Without its values: the plan does not depend on them.
        let explain =
            Statement::from_string(db.get_database_backend(), format!("EXPLAIN QUERY PLAN {sql}"));
        for row in db.query_all_raw(explain).await.unwrap() {
            let step: String = row.try_get("", "detail").unwrap();
            // Agents and rules are few; counting agents reads a covering index whole.
            let few = sql.contains("FROM \"agents\"") || sql.contains("FROM \"rules\"");
            let whole =
                step.starts_with("SCAN") && !step.contains("USING") && !step.contains("sub_query");
            // Sorted after an index found them: the modules of a task, the reviews or
            // dependencies of listed sub-tasks, one agent's sub-tasks of one task.
            let found_few = sql.contains(" IN (")
                || sql.contains("FROM \"modules\"")
                || sql.contains("ORDER BY \"sub_tasks\".\"updated_at\" DESC");
            let sorts = step.contains("TEMP B-TREE") && !found_few;
            if (whole || sorts) && !few {
                bad.push(format!("{step}: {sql}"));
            }
        }
    }
    bad.sort();
    bad.dedup();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
