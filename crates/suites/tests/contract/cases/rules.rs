//! Section 9: rules as agents read them and as the admin writes them.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{rule, with};
use crate::world::By::{Admin, Executor, Planner};

pub fn cases() -> Vec<Case> {
    [writing(), merging(), old_clients()].into_iter().flatten().collect()
}

fn rules(content: &str) -> Value {
    json!({
        "content": content, "message": ":string", "update_available": false,
        "latest_version": null, "update_instructions": "",
    })
}

fn writing() -> Vec<Case> {
    let add = |why, body| case(why, Admin, "POST", "/api/rules").json(body);
    vec![
        case("a task", Planner, "POST", "/api/tasks")
            .json(json!({ "name": "T" }))
            .succeeds()
            .keep("task", "/id"),
        case("a sub-task", Planner, "POST", "/api/sub-tasks")
            .json(json!({ "task_id": "{task}", "name": "S" }))
            .succeeds()
            .keep("sub", "/id"),
        case("there is a global rule from the start", Admin, "GET", "/api/rules/list?scope=global")
            .gives(json!([with(rule(), json!({
                "scope": "global", "task_id": null, "sub_task_id": null,
            }))]))
            .keep("global", "/0/id"),
        case("rewritten", Admin, "PUT", "/api/rules/{global}")
            .json(json!({ "content": "Be brief." }))
            .gives(with(rule(), json!({ "id": "{global}", "content": "Be brief." }))),
        add("a second global one", json!({ "scope": "global", "content": "x" }))
            .refused(400)
            .ours_in(&[400, 409]),
        add("an unknown scope", json!({ "scope": "galaxy", "content": "x" })).refused(400),
        add("a task's without the task", json!({ "scope": "task", "content": "x" })).refused(400),
        add("no content", json!({ "scope": "task", "task_id": "{task}" })).refused(422),
        add("a task's", json!({ "scope": "task", "task_id": "{task}", "content": "Task first." }))
            .gives(with(rule(), json!({ "scope": "task", "task_id": "{task}" }))),
        add("another", json!({ "scope": "task", "task_id": "{task}", "content": "Task next." }))
            .succeeds()
            .keep("next", "/id"),
        add("a sub-task's", json!({
            "scope": "sub_task", "sub_task_id": "{sub}", "content": "For {{project_name}} only.",
        }))
        .gives(with(rule(), json!({ "scope": "sub_task", "sub_task_id": "{sub}" }))),
        case("one", Admin, "GET", "/api/rules/{next}")
            .gives(with(rule(), json!({ "content": "Task next." }))),
        case("an unknown one", Admin, "GET", "/api/rules/{nowhere}").refused(404),
        case("of a task, oldest first", Admin, "GET", "/api/rules/list?task_id={task}")
            .gives(json!([
                with(rule(), json!({ "content": "Task first." })),
                with(rule(), json!({ "content": "Task next." })),
            ])),
        case("agents write none", Executor, "POST", "/api/rules")
            .json(json!({ "scope": "global", "content": "x" }))
            .refused(422),
        case("rewriting an unknown one", Admin, "PUT", "/api/rules/{nowhere}")
            .json(json!({ "content": "x" }))
            .refused(400)
            .ours(404),
    ]
}

fn merging() -> Vec<Case> {
    let get =
        |why, query: &str| case(why, Executor, "GET", format!("/api/rules?cli_version=2{query}"));
    let joined = "Be brief.\n\n---\n\nTask first.\n\n---\n\nTask next.";
    vec![
        get("the global one", "").gives(rules("Be brief.")),
        get("and the task's", "&task_id={task}").gives(rules(joined)),
        get("a sub-task's brings no task's", "&sub_task_id={sub}&task_id=").gives(json!({
            "content": ":filled", "message": ":string", "update_available": false,
            "latest_version": null, "update_instructions": "",
        })),
        get("an unknown task adds nothing", "&task_id={nowhere}").gives(rules("Be brief.")),
        case("deleted", Admin, "DELETE", "/api/rules/{next}")
            .gives(json!({ "message": ":string" })),
        case("deleted twice", Admin, "DELETE", "/api/rules/{next}").refused(400).ours(404),
        get("gone from the merge", "&task_id={task}")
            .gives(rules("Be brief.\n\n---\n\nTask first.")),
        get("no number", "&cli_version=new").refused(422),
    ]
}

/// The original tells its old Python clients to update; ours may leave them alone.
fn old_clients() -> Vec<Case> {
    let told = json!({
        "content": "Be brief.", "message": ":string", "update_available": true,
        "latest_version": 2, "update_instructions": ":filled",
    });
    let types = json!({
        "content": ":string", "message": ":string", "update_available": ":bool",
        "latest_version": ":int?", "update_instructions": ":string",
    });
    vec![
        case("an old client", Executor, "GET", "/api/rules?cli_version=1")
            .gives(told.clone())
            .ours_gives(types.clone()),
        case("a client that names no version", Executor, "GET", "/api/rules")
            .gives(with(told, json!({ "content": ":filled" })))
            .ours_gives(types),
    ]
}
