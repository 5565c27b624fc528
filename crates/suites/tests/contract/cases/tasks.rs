//! Section 4: tasks and modules.

use serde_json::json;

use crate::case::{Case, case};
use crate::shape::{module, task, whole_list, with};
use crate::world::By::{Executor, Patrol, Planner, Reviewer};

pub fn cases() -> Vec<Case> {
    [create_and_edit(), statuses(), modules()].into_iter().flatten().collect()
}

fn create_and_edit() -> Vec<Case> {
    let create = |why| case(why, Planner, "POST", "/api/tasks");
    let edit = |why| case(why, Planner, "PUT", "/api/tasks/{task}");
    vec![
        create("a name is enough")
            .json(json!({ "name": "First" }))
            .gives(with(
                task(),
                json!({
                    "name": "First", "description": "", "type": "once", "status": "planning",
                }),
            ))
            .keep("task", "/id"),
        create("everything given")
            .json(json!({ "name": "Second", "description": "d", "type": "recurring" }))
            .gives(with(task(), json!({ "description": "d", "type": "recurring" })))
            .keep("second", "/id"),
        create("an unknown type").json(json!({ "name": "n", "type": "weekly" })).refused(400),
        create("an empty name").json(json!({ "name": "" })).succeeds().ours(422),
        create("a name over 200 characters")
            .json(json!({ "name": "n".repeat(201) }))
            .succeeds()
            .ours(422),
        case("a reviewer makes none", Reviewer, "POST", "/api/tasks")
            .json(json!({ "name": "n" }))
            .refused(403),
        case("one", Executor, "GET", "/api/tasks/{task}")
            .gives(with(task(), json!({ "id": "{task}" }))),
        case("an unknown one", Executor, "GET", "/api/tasks/{nowhere}").refused(404),
        case("an id that is none", Executor, "GET", "/api/tasks/nonsense").refused(404),
        edit("what is null stays")
            .json(json!({ "name": "Renamed", "description": null }))
            .gives(with(task(), json!({ "name": "Renamed", "description": "" }))),
        edit("nothing to change").json(json!({})).gives(with(task(), json!({ "name": "Renamed" }))),
        case("editing an unknown one", Planner, "PUT", "/api/tasks/{nowhere}")
            .json(json!({ "name": "n" }))
            .refused(400)
            .ours(404),
        case("an executor edits none", Executor, "PUT", "/api/tasks/{task}")
            .json(json!({ "name": "n" }))
            .refused(403),
    ]
}

fn statuses() -> Vec<Case> {
    let set = |why, status: &str| {
        case(why, Planner, "PUT", "/api/tasks/{task}/status").json(json!({ "status": status }))
    };
    let is = |status: &str| with(task(), json!({ "status": status }));
    let cancel = |why, by| case(why, by, "POST", "/api/tasks/{second}/cancel");
    vec![
        set("open", "active").gives(is("active")),
        set("no such status", "paused").refused(400),
        case("by status", Patrol, "GET", "/api/tasks?status=active")
            .gives(whole_list(json!([with(task(), json!({ "id": "{task}" }))]), 1)),
        case("an unknown status finds nothing", Patrol, "GET", "/api/tasks?status=paused")
            .gives(whole_list(json!([]), 0)),
        case("the status of an unknown one", Planner, "PUT", "/api/tasks/{nowhere}/status")
            .json(json!({ "status": "active" }))
            .refused(400)
            .ours(404),
        case("an executor sets none", Executor, "PUT", "/api/tasks/{task}/status")
            .json(json!({ "status": "active" }))
            .refused(403),
        set("work has begun", "in_progress").gives(is("in_progress")),
        set("closed", "completed").gives(is("completed")),
        case("a closed one is not edited", Planner, "PUT", "/api/tasks/{task}")
            .json(json!({ "name": "late" }))
            .refused(400)
            .ours(409),
        set("reopened", "planning").gives(is("planning")).ours(409),
        set("closed again", "completed").succeeds(),
        set("put away", "archived").gives(is("archived")),
        cancel("an executor cancels none", Executor).refused(403),
        cancel("cancelled", Planner).gives(is("cancelled")),
        cancel("cancelled twice", Planner).refused(400).ours(409),
        case("back from cancelled", Planner, "PUT", "/api/tasks/{second}/status")
            .json(json!({ "status": "active" }))
            .gives(is("active"))
            .ours(409),
        case("cancelling an unknown one", Planner, "POST", "/api/tasks/{nowhere}/cancel")
            .refused(400)
            .ours(404),
    ]
}

fn modules() -> Vec<Case> {
    let create = |why, by, path| case(why, by, "POST", path);
    let path = "/api/tasks/{open}/modules";
    vec![
        case("a task with modules", Planner, "POST", "/api/tasks")
            .json(json!({ "name": "Modular" }))
            .succeeds()
            .keep("open", "/id"),
        create("the first", Planner, path).json(json!({ "name": "Import" })).gives(with(
            module(),
            json!({
                "task_id": "{open}", "name": "Import", "description": "",
            }),
        )),
        create("the second", Planner, path)
            .json(json!({ "name": "Export", "description": "d" }))
            .gives(with(module(), json!({ "description": "d" }))),
        create("no name", Planner, path).json(json!({})).refused(422),
        create("an executor makes none", Executor, path).json(json!({ "name": "n" })).refused(403),
        create("of an unknown task", Planner, "/api/tasks/{nowhere}/modules")
            .json(json!({ "name": "n" }))
            .refused(400)
            .ours(404),
        case("in the order they came", Executor, "GET", path).gives(json!([
            with(module(), json!({ "name": "Import" })),
            with(module(), json!({ "name": "Export" })),
        ])),
        case("an unknown task has none", Executor, "GET", "/api/tasks/{nowhere}/modules")
            .gives(json!([])),
    ]
}
