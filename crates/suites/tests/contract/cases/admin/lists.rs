//! The lists: tasks, modules, sub-tasks, reviews, logs, agents.

use serde_json::{Value, json};

use super::{and, get, page};
use crate::case::{Case, case};
use crate::world::By::{Executor, Nobody, Planner, Reviewer};

pub fn cases() -> Vec<Case> {
    [made(), tasks(), sub_tasks(), reviews(), logs(), agents()].into_iter().flatten().collect()
}

/// A task with a module and two sub-tasks, one of them rejected, and a line in the log.
pub(super) fn made() -> Vec<Case> {
    let act = |why, verb: &str| {
        case(why, Executor, "POST", format!("/api/sub-tasks/{{one}}/{verb}")).succeeds()
    };
    let make = |why, path: &str, body: Value, keep| {
        case(why, Planner, "POST", path).json(body).succeeds().keep(keep, "/id")
    };
    let shop = json!({ "name": "Shop 100%", "description": "of Flowers" });
    let one = json!({
        "task_id": "{task}", "module_id": "{module}", "name": "One", "description": "the first",
        "deliverable": "a file", "acceptance": "it runs", "priority": "high",
    });
    vec![
        make("a task", "/api/tasks", shop, "task"),
        make("another", "/api/tasks", json!({ "name": "Bare" }), "bare"),
        make("a module", "/api/tasks/{task}/modules", json!({ "name": "Till" }), "module"),
        case("open", Planner, "PUT", "/api/tasks/{task}/status")
            .json(json!({ "status": "active" }))
            .succeeds(),
        make("one", "/api/sub-tasks", one, "one"),
        make("two", "/api/sub-tasks", json!({ "task_id": "{task}", "name": "Two" }), "two"),
        act("claimed", "claim"),
        act("started", "start"),
        act("handed in", "submit"),
        case("looked at", Reviewer, "GET", "/api/sub-tasks/{one}").succeeds(),
        case("rejected", Reviewer, "POST", "/api/review-records")
            .json(json!({
                "sub_task_id": "{one}", "result": "rejected", "score": 2, "issues": "it leaks",
                "comment": "nearly",
            }))
            .succeeds()
            .keep("review", "/id"),
        case("written down", Executor, "POST", "/api/logs")
            .json(
                json!({ "action": "reflection", "summary": "Look twice", "sub_task_id": "{one}" }),
            )
            .succeeds(),
    ]
}

fn counts(pending: i64, rework: i64) -> Value {
    json!({
        "sub_task_count": pending + rework, "pending_count": pending, "assigned_count": 0,
        "in_progress_count": 0, "review_count": 0, "rework_count": rework, "done_count": 0,
        "blocked_count": 0, "cancelled_count": 0,
    })
}

fn tasks() -> Vec<Case> {
    let task = || {
        let fields = json!({
            "id": "{task}", "name": "Shop 100%", "description": "of Flowers", "type": "once",
            "status": "in_progress", "created_at": ":time", "updated_at": ":time",
            "module_count": 1,
        });
        and(fields, counts(1, 1))
    };
    let bare = || and(json!({ "id": "{bare}", "module_count": 0 }), counts(0, 0));
    let module = || {
        let fields = json!({
            "id": "{module}", "task_id": "{task}", "name": "Till", "description": "",
            "created_at": ":time",
        });
        and(fields, counts(0, 1))
    };
    let both = || page(json!([task(), bare()]), 2);
    let only = |one: Value| page(json!([one]), 1);
    vec![
        case("no session", Nobody, "GET", "/api/admin/tasks").refused(422),
        case("no agent's business", Planner, "GET", "/api/admin/tasks").refused(422),
        get("newest first", "tasks").gives(page(json!([bare(), task()]), 2)),
        get("oldest first", "tasks?sort_order=asc").gives(both()),
        get("by name, last first", "tasks?sort_by=name").gives(both()),
        get("by when they changed", "tasks?sort_by=updated_at").gives(both()),
        get("by status", "tasks?sort_by=status&sort_order=asc").gives(both()),
        get("of a status", "tasks?status=in_progress&type=once").gives(only(task())),
        get("with a word", "tasks?keyword=fLOWERS").gives(only(task())),
        get("with a sign that stands for itself", "tasks?keyword=0%25").gives(only(task())),
        get("with no such word", "tasks?keyword=_").gives(page(json!([]), 0)),
        get("a blank word is none", "tasks?keyword=%20&sort_order=asc").gives(both()),
        get("a page of one", "tasks?page=2&page_size=1").gives(json!({
            "items": [task()], "total": 2, "page": 2, "page_size": 1, "total_pages": 2,
            "has_more": false,
        })),
        get("no such status", "tasks?status=odd").refused(400),
        get("an empty status is none there is", "tasks?status=").refused(400),
        get("no such type", "tasks?type=odd").refused(400),
        get("no such column", "tasks?sort_by=password").refused(400),
        get("an empty column", "tasks?sort_by=").refused(400),
        get("no such order", "tasks?sort_order=up").refused(400),
        get("page 0", "tasks?page=0").refused(422),
        get("a page of none", "tasks?page_size=0").refused(422),
        get("a page of too many", "tasks?page_size=101").refused(422),
        get("one", "tasks/{task}").gives(task()),
        get("none such", "tasks/{nowhere}").refused(404),
        get("its modules", "tasks/{task}/modules?sort_by=name").gives(only(module())),
        get("modules of none such", "tasks/{nowhere}/modules").refused(404),
        get("modules by what they have not", "tasks/{task}/modules?sort_by=status").refused(400),
        get("a module", "modules/{module}")
            .gives(and(module(), json!({ "task_name": "Shop 100%" }))),
        get("no module", "modules/{nowhere}").refused(404),
    ]
}

fn sub_tasks() -> Vec<Case> {
    let one = || {
        json!({
            "id": "{one}", "task_id": "{task}", "task_name": "Shop 100%", "module_id": "{module}",
            "module_name": "Till", "name": "One", "description": "the first", "type": "once",
            "status": "rework", "priority": "high", "assigned_agent": "{executor_id}",
            "assigned_agent_name": "AI-executor", "current_session_id": null, "rework_count": 1,
            "created_at": ":time", "updated_at": ":time", "completed_at": null,
        })
    };
    let two = || {
        json!({
            "id": "{two}", "module_id": null, "module_name": null, "assigned_agent": null,
            "assigned_agent_name": null, "priority": "medium", "status": "pending",
        })
    };
    let both = || page(json!([one(), two()]), 2);
    let only = |it: Value| page(json!([it]), 1);
    vec![
        get("oldest first", "sub-tasks?sort_order=asc").gives(both()),
        get("by rejections", "sub-tasks?sort_by=rework_count").gives(both()),
        get("by the word of their priority", "sub-tasks?sort_by=priority&sort_order=asc")
            .gives(both()),
        get("of a task", "sub-tasks?task_id={task}&status=rework").gives(only(one())),
        get("of a module", "sub-tasks?module_id={module}").gives(only(one())),
        get("of an agent", "sub-tasks?assigned_agent={executor_id}").gives(only(one())),
        get("of a priority", "sub-tasks?priority=medium&type=once").gives(only(two())),
        get("with a word", "sub-tasks?keyword=FIRST").gives(only(one())),
        get("of no task", "sub-tasks?task_id={nowhere}").refused(404),
        get("of no module", "sub-tasks?module_id={nowhere}").refused(404),
        get("another task's module", "sub-tasks?task_id={bare}&module_id={module}").refused(400),
        get("no such priority", "sub-tasks?priority=urgent").refused(400),
        get("no such order", "sub-tasks?sort_by=name").refused(400),
        get("the task's", "tasks/{task}/sub-tasks?sort_order=asc").gives(both()),
        get("the task's of a module", "tasks/{task}/sub-tasks?module_id={module}")
            .gives(only(one())),
        get("none of none such", "tasks/{nowhere}/sub-tasks").refused(404),
        get("the module's", "modules/{module}/sub-tasks?status=rework").gives(only(one())),
        get("the module's of no status", "modules/{module}/sub-tasks?status=odd").refused(400),
        get("one", "sub-tasks/{one}")
            .gives(and(one(), json!({ "deliverable": "a file", "acceptance": "it runs" }))),
        get("none such", "sub-tasks/{nowhere}").refused(404),
    ]
}

fn reviews() -> Vec<Case> {
    let review = || {
        json!({
            "id": "{review}", "task_id": "{task}", "task_name": "Shop 100%",
            "module_id": "{module}", "module_name": "Till", "sub_task_id": "{one}",
            "sub_task_name": "One", "reviewer_agent": "{reviewer_id}",
            "reviewer_agent_name": "AI-reviewer", "round": 1, "result": "rejected", "score": 2,
            "issues": "it leaks", "comment": "nearly", "rework_agent": null,
            "rework_agent_name": null, "created_at": ":time",
        })
    };
    let all = || page(json!([review()]), 1);
    let none = || page(json!([]), 0);
    let list = |why, query: &str| get(why, &format!("review-records?{query}"));
    vec![
        list("all", "").gives(all()),
        list("of a task", "task_id={task}&result=rejected").gives(all()),
        list("of another", "task_id={bare}").gives(none()),
        list("of a sub-task and a reviewer", "sub_task_id={one}&reviewer_agent={reviewer_id}")
            .gives(all()),
        list("of another verdict", "result=approved").gives(none()),
        list("a word of what was written", "keyword=LEAKS").gives(all()),
        list("of the task's name", "keyword=shop").gives(all()),
        list("of the sub-task's", "keyword=one").gives(all()),
        list("of an agent's", "keyword=ai-rev").gives(all()),
        list("of nothing", "keyword=odd").gives(none()),
        list("of these days", "days=1").gives(all()),
        list("of all days there were", "days=9223372036854775807").gives(all()),
        list("of no days", "days=0").refused(422),
        list("no such verdict", "result=odd").refused(400),
        list("no such order", "sort_order=odd").refused(400),
        get("one", "review-records/{review}").gives(and(
            review(),
            json!({
                "sub_task_description": "the first", "sub_task_deliverable": "a file",
                "sub_task_acceptance": "it runs",
            }),
        )),
        get("none such", "review-records/{nowhere}").refused(404),
    ]
}

fn logs() -> Vec<Case> {
    let log = || {
        json!({
            "id": ":id", "agent_id": "{executor_id}", "agent_name": "AI-executor",
            "agent_role": "executor", "sub_task_id": "{one}", "action": "reflection",
            "summary": "Look twice", "session_id": null, "created_at": ":time",
        })
    };
    let only = || page(json!([log()]), 1);
    let list = |why, query: &str| get(why, &format!("logs?{query}"));
    vec![
        list("of a kind", "action=reflection&days=61").gives(only()),
        list("with a word", "keyword=TWICE").gives(only()),
        list(
            "of an agent about a sub-task",
            "agent_id={executor_id}&sub_task_id={one}&action=reflection",
        )
        .gives(only()),
        list("of nobody", "agent_id={nowhere}").gives(page(json!([]), 0)),
        list("no such kind", "action=odd").refused(400),
        list("of no days", "days=0").refused(422),
        list("no such order", "sort_order=").refused(400),
    ]
}

fn agents() -> Vec<Case> {
    let executor = || {
        json!({
            "id": "{executor_id}", "name": "AI-executor", "role": "executor", "description": "",
            "status": "active", "total_score": -5, "rank": ":int", "last_request_at": ":time?",
            "last_activity_at": ":time", "created_at": ":time", "open_sub_task_count": 1,
            "assigned_count": 0, "in_progress_count": 0, "review_count": 0, "rework_count": 1,
            "blocked_count": 0,
        })
    };
    let list = |why, query: &str| get(why, &format!("agents?{query}"));
    let only = || page(json!([executor()]), 1);
    vec![
        list("of a role with a word", "role=executor&keyword=ai-EXEC").gives(only()),
        list("who wrote something", "last_activity_within_days=1&keyword=ai-exec").gives(only()),
        list("the lowest score first", "sort_by=total_score&sort_order=asc&page_size=1").gives(
            json!({
                "items": [executor()], "total": ":int", "page": 1, "page_size": 1,
                "total_pages": ":int", "has_more": true,
            }),
        ),
        list("by when they asked", "sort_by=last_request_at&page_size=1").succeeds(),
        list("by when they wrote", "sort_by=last_activity_at&role=executor&page_size=1").succeeds(),
        list("no such role", "role=boss").refused(400),
        list("no such status", "status=").refused(400),
        list("no such column", "sort_by=api_key").refused(400),
        list("within no days", "last_request_within_days=0").refused(422),
        get("one", "agents/{executor_id}").gives(and(
            executor(),
            json!({
                "total_agents": ":int", "reward_count": 0, "penalty_count": 1,
                "total_reward_records": 1, "done_count": 0, "cancelled_count": 0,
            }),
        )),
        get("none such", "agents/{nowhere}").refused(404),
    ]
}
