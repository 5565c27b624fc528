//! What a person does to the work without an agent.

use serde_json::{Value, json};

use super::{get, post, put};
use crate::case::{Case, case};
use crate::world::By::{Executor, Patrol, Planner};

pub fn cases() -> Vec<Case> {
    let task = |status: &str| {
        json!({
            "id": "{task}", "name": "Shop", "description": "of flowers", "type": "once",
            "status": status, "created_at": ":time", "updated_at": ":time",
        })
    };
    let one = |status: &str, agent: Value| json!({ "id": "{one}", "status": status, "assigned_agent": agent });
    let new = || json!({ "task_id": "{task}", "name": "One" });
    vec![
        post("a task", "tasks", json!({ "name": "Shop", "description": "of roses" }))
            .succeeds()
            .keep("task", "/id"),
        post("of no type", "tasks", json!({ "name": "x", "type": "odd" })).refused(400),
        post("without a name", "tasks", json!({})).refused(422),
        put("another text", "tasks/{task}", json!({ "description": "of flowers" }))
            .gives(task("planning")),
        put("no such task", "tasks/{nowhere}", json!({ "name": "x" })).refused(404),
        put("open", "tasks/{task}/status", json!({ "status": "active" })).gives(task("active")),
        put("no such status", "tasks/{task}/status", json!({ "status": "odd" })).refused(400),
        put(
            "cancelled is no status to be set",
            "tasks/{task}/status",
            json!({ "status": "cancelled" }),
        )
        .refused(400),
        case("a planner goes on", Planner, "POST", "/api/sub-tasks")
            .json(new())
            .succeeds()
            .keep("one", "/id"),
        post("given to one", "sub-tasks/{one}/reassign", json!({ "agent_id": "{executor_id}" }))
            .gives(one("assigned", "{executor_id}".into())),
        case("begun", Executor, "POST", "/api/sub-tasks/{one}/start").succeeds(),
        post("not while it is worked on", "sub-tasks/{one}/reassign", json!({ "agent_id": "" }))
            .refused(409),
        case("given back", Executor, "POST", "/api/sub-tasks/{one}/release").succeeds(),
        post("given to another", "sub-tasks/{one}/reassign", json!({ "agent_id": "AI-other" }))
            .gives(one("assigned", "{other_id}".into())),
        post("given to nobody", "sub-tasks/{one}/reassign", json!({ "agent_id": "{nowhere}" }))
            .refused(404),
        post("not blocked", "sub-tasks/{two}/unblock", json!({})).refused(404),
        case("blocked", Patrol, "POST", "/api/sub-tasks/{one}/block")
            .json(json!({ "reason": "no key" }))
            .succeeds(),
        post("let go", "sub-tasks/{one}/unblock", json!({ "reason": "the key is there" }))
            .gives(one("pending", Value::Null)),
        post("let go twice", "sub-tasks/{one}/unblock", json!({})).refused(409),
        case("who did it stands there", Planner, "GET", "/api/sub-tasks/{one}/history").succeeds(),
        post("given up", "sub-tasks/{one}/cancel", json!({})).gives(one("cancelled", Value::Null)),
        post("given up twice", "sub-tasks/{one}/cancel", json!({})).refused(409),
        post("the task, too", "tasks/{task}/cancel", json!({})).gives(task("cancelled")),
        post("that twice", "tasks/{task}/cancel", json!({})).refused(409),
        get("as it is now", "tasks/{task}").gives(json!({ "cancelled_count": 1 })),
    ]
}
