//! One agent: what it did, how it is changed and removed.

use serde_json::{Value, json};

use super::{delete, get, lists, page, post, put};
use crate::case::{Case, case};
use crate::world::By::{Executor, Nobody, OtherExecutor, Planner};

pub fn cases() -> Vec<Case> {
    [lists::made(), looked_at(), on_a_host(), changed(), removed()].into_iter().flatten().collect()
}

fn looked_at() -> Vec<Case> {
    let of = |why, path: &str| get(why, &format!("agents/{{executor_id}}/{path}"));
    let line = json!({
        "id": ":id", "agent_id": "{executor_id}", "sub_task_id": "{one}", "reason": ":filled",
        "score_delta": -5, "created_at": ":time",
    });
    let entry = json!({
        "id": ":id", "agent_id": "{executor_id}", "sub_task_id": "{one}", "action": "reflection",
        "summary": "Look twice", "session_id": null, "created_at": ":time",
    });
    vec![
        of("what there is of it", "related-counts").gives(json!({
            "agent_id": "{executor_id}", "agent_name": "AI-executor", "sub_task_count": 1,
            "review_count": 0, "reward_count": 1, "activity_count": ":int", "patrol_count": 0,
            "request_count": ":int",
        })),
        of("its ledger", "score-logs?sub_task_id={one}").gives(page(json!([line]), 1)),
        of("its ledger for another", "score-logs?sub_task_id={two}").gives(page(json!([]), 0)),
        of("its ledger in no order", "score-logs?sort_order=odd").refused(400),
        of("what it wrote", "activity-logs?action=reflection&days=1&sub_task_id={one}")
            .gives(page(json!([entry]), 1)),
        of("what it wrote of no kind", "activity-logs?action=odd").gives(page(json!([]), 0)),
        of("within no days", "activity-logs?days=0").refused(422),
        of("what it asked", "request-logs?method=post&path_keyword=SUBMIT&days=1").succeeds(),
        of("asked by no method", "request-logs?method=odd").refused(400),
        of("asked by an empty one", "request-logs?method=").refused(400),
        get("counts of nobody", "agents/{nowhere}/related-counts").refused(404),
        get("a ledger of nobody", "agents/{nowhere}/score-logs").refused(404),
        get("what nobody wrote", "agents/{nowhere}/activity-logs").refused(404),
        get("what nobody asked", "agents/{nowhere}/request-logs").refused(404),
        case("no session", Nobody, "GET", "/api/admin/agents/{executor_id}/request-logs")
            .refused(422),
    ]
}

fn on_a_host() -> Vec<Case> {
    vec![
        post("one command", "agents/{other_id}/bootstrap", json!({})).gives(json!({
            "agent_id": "{other_id}", "command": ":filled", "expires_at": ":time",
            "message": ":filled",
        })),
        post("for too long", "agents/{other_id}/bootstrap", json!({ "expires_in": 99_999_999 }))
            .refused(400),
        post("nobody", "agents/{nowhere}/bootstrap", json!({})).refused(404),
    ]
}

fn agent(name: &str, role: &str, description: &str) -> Value {
    json!({
        "id": "{other_id}", "name": name, "role": role, "description": description,
        "status": "active", "total_score": 0,
    })
}

fn changed() -> Vec<Case> {
    let edit = |why, body: Value| put(why, "agents/{other_id}", body);
    vec![
        edit("another name", json!({ "name": "AI-Neu", "description": "new here" }))
            .gives(agent("AI-Neu", "executor", "new here")),
        edit("a blank name is none", json!({ "name": "  " }))
            .gives(agent("AI-Neu", "executor", "new here")),
        edit("its own name again", json!({ "name": "AI-Neu" })).succeeds(),
        edit("another's name", json!({ "name": "AI-executor" })).refused(400),
        edit("one that looks like another's", json!({ "name": "Al-executor" })).refused(400),
        edit("no such role", json!({ "role": "boss" })).refused(422),
        edit("no text", json!({ "description": 5 })).refused(422),
        put("nobody", "agents/{nowhere}", json!({ "description": "x" })).refused(404),
        edit("another role", json!({ "role": "reviewer" }))
            .gives(agent("AI-Neu", "reviewer", "new here")),
        case("that counts at once", OtherExecutor, "POST", "/api/sub-tasks/{two}/claim")
            .refused(403),
        edit("back again", json!({ "role": "executor" })).succeeds(),
    ]
}

fn removed() -> Vec<Case> {
    let remove =
        |why, name: &str| delete(why, "agents/{executor_id}").json(json!({ "confirm_name": name }));
    vec![
        delete("without its name", "agents/{executor_id}").json(json!({})).refused(422),
        remove("with another's name", "AI-Neu").refused(400),
        delete("nobody", "agents/{nowhere}").json(json!({ "confirm_name": "x" })).refused(404),
        remove("with its name", "AI-executor").gives(json!({
            "message": ":filled", "agent_name": "AI-executor", "sub_task_count": ":int",
            "review_count": 0, "reward_count": 1, "activity_count": ":int", "patrol_count": 0,
            "request_count": ":int",
        })),
        remove("twice", "AI-executor").refused(404),
        case("its key ended", Executor, "GET", "/api/agents/me").refused(401),
        case("it is in no list", Planner, "GET", "/api/agents?role=executor").gives(json!([
            { "name": "AI-Neu" },
        ])),
        get("but by its status", "agents?status=removed")
            .gives(page(json!([{ "id": "{executor_id}", "status": "removed" }]), 1)),
        get("what it had waits for others", "sub-tasks/{one}")
            .gives(json!({ "status": "pending", "assigned_agent": null })),
        put("it is not let in again", "agents/{executor_id}/status", json!({ "status": "active" }))
            .refused(404),
        put("nor removed so", "agents/{other_id}/status", json!({ "status": "removed" }))
            .refused(400),
        put("its name is free", "agents/{other_id}", json!({ "name": "AI-executor" })).succeeds(),
    ]
}
