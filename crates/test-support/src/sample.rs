//! Answers a server gives.

use serde_json::{Value, json};

use crate::builder::ME;

pub const SUB: &str = "01a3c9f2-0000-4000-8000-000000000001";
pub const OTHER_SUB: &str = "02bc77d0-0000-4000-8000-000000000002";
pub const TASK: &str = "77aa00bb-0000-4000-8000-000000000003";
pub const REVIEWER: &str = "b0000000-0000-4000-8000-000000000002";
pub const NOW: &str = "2026-11-20T09:45:00Z";

/// SHA-256 of `hello`.
pub const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// `base` with some of its fields replaced.
pub fn with(mut base: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

pub fn original_health() -> Value {
    json!({"status": "ok", "service": "old-news", "version": "1.0.0"})
}

pub fn moss_health() -> Value {
    json!({"status": "ok", "service": "news", "version": "0.1.0", "server": "moss"})
}

/// Who the caller is, as far as the original says it in one answer.
pub fn original_score() -> Value {
    json!({"agent_id": ME, "agent_name": "AI-Wu", "total_score": 15, "rank": 2,
           "total_agents": 6, "reward_count": 3, "penalty_count": 0, "total_records": 3})
}

/// Who the caller is, on our server.
pub fn me() -> Value {
    json!({"id": ME, "name": "AI-Wu", "role": "executor", "status": "active", "total_score": 15,
           "project": "news", "server_version": "0.1.0"})
}

pub fn sub_task(change: Value) -> Value {
    let base = json!({
        "id": SUB, "task_id": TASK, "module_id": null, "name": "Order list API",
        "description": "GET /orders", "deliverable": "orders.py", "acceptance": "pages by 20",
        "type": "once", "status": "assigned", "priority": "high", "assigned_agent": ME,
        "current_session_id": null, "rework_count": 0, "created_at": NOW, "updated_at": NOW,
        "completed_at": null, "attempt": 1, "lease_until": "2026-11-20T09:50:00Z"
    });
    with(base, change)
}

/// As the original sends it: no attempts, no leases, times without a zone.
pub fn old_sub_task(change: Value) -> Value {
    let mut base = sub_task(json!({
        "created_at": "2026-11-20T09:45:00.275594", "updated_at": "2026-11-20T09:45:00.275594"
    }));
    base.as_object_mut().unwrap().remove("attempt");
    base.as_object_mut().unwrap().remove("lease_until");
    with(base, change)
}

pub fn task(change: Value) -> Value {
    let base = json!({
        "id": TASK, "name": "Shop backend", "description": "", "type": "once",
        "status": "active", "created_at": NOW, "updated_at": NOW
    });
    with(base, change)
}

pub fn page(items: &[Value]) -> Value {
    json!({
        "items": items, "total": items.len(), "page": 1, "page_size": 50, "total_pages": 1,
        "has_more": false
    })
}

pub fn review(change: Value) -> Value {
    let base = json!({
        "id": "cccc0000-0000-4000-8000-000000000001", "sub_task_id": SUB,
        "reviewer_agent": REVIEWER, "round": 1, "result": "rejected", "score": 2,
        "issues": "page_size is ignored", "comment": "", "rework_agent": null,
        "created_at": NOW, "attempt": 1
    });
    with(base, change)
}

pub fn log(change: Value) -> Value {
    let base = json!({
        "id": "dddd0000-0000-4000-8000-000000000001", "agent_id": ME, "sub_task_id": SUB,
        "action": "delivery", "summary": "done", "session_id": null, "created_at": NOW
    });
    with(base, change)
}

pub fn agent(change: Value) -> Value {
    let base = json!({
        "id": ME, "name": "AI-Wu", "role": "executor", "description": "", "status": "active",
        "total_score": 15
    });
    with(base, change)
}

pub fn item(change: Value) -> Value {
    let base = json!({
        "kind": "assigned", "id": SUB, "name": "Order list API", "task_id": TASK,
        "task_name": "Shop backend", "priority": "high", "round": 1, "attempt": 1, "since": NOW,
        "description": "GET /orders", "deliverable": "orders.py", "acceptance": "pages by 20"
    });
    with(base, change)
}

pub fn packet(change: Value) -> Value {
    let base = json!({
        "schema": 1, "now": NOW, "project": "news",
        "me": {"id": ME, "name": "AI-Wu", "role": "executor", "score": 15, "score_change": 0,
               "rank": 2, "agents": 6},
        "work": true, "cursor": "c-1", "items": []
    });
    with(base, change)
}

pub fn refusal(code: &str, detail: &str, hint: &str) -> Value {
    json!({"detail": detail, "code": code, "hint": hint})
}

pub fn idle() -> Value {
    packet(json!({"work": false}))
}

/// A plan of one task with two sub-tasks, one of high priority and one of medium.
pub const PLAN: &str = "\
task:
  name: Orders
  description: An order service
modules:
  - name: API
    description: Everything over HTTP
    sub_tasks:
      - name: Order list
        description: GET /orders
        deliverable: orders.py and its tests
        acceptance: pages by 20, tests pass
        priority: high
sub_tasks:
  - name: Release notes
    deliverable: NOTES.md
";
