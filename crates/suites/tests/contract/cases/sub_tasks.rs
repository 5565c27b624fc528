//! Section 5: sub-tasks, their lists and every move.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{sub_task, sub_task_row, whole_list, with};
use crate::world::By::{self, Executor, OtherExecutor, Patrol, Planner, Reviewer};

pub fn cases() -> Vec<Case> {
    [
        set_up(),
        creation(),
        claiming(),
        working(),
        short_verdicts(),
        unblocking(),
        editing(),
        lists(),
        cancelled_tasks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn create(why: &'static str, body: Value) -> Case {
    let mut fields = json!({ "task_id": "{task}", "name": "S" });
    for (name, value) in body.as_object().unwrap() {
        fields[name.as_str()] = value.clone();
    }
    case(why, Planner, "POST", "/api/sub-tasks").json(fields)
}

/// A new sub-task, remembered as `{name}`.
fn new(name: &'static str) -> Case {
    create(name, json!({ "name": name })).succeeds().keep(name, "/id")
}

/// A move of `{sub}` by its path's last word.
fn act(why: &'static str, by: By, sub: &str, verb: &str) -> Case {
    case(why, by, "POST", format!("/api/sub-tasks/{{{sub}}}/{verb}"))
}

/// A verdict on ours is on what its reviewer was shown.
fn looked_at(sub: &str) -> Case {
    case("looked at", Reviewer, "GET", format!("/api/sub-tasks/{{{sub}}}")).gives(sub_task())
}

fn is(status: &str) -> Value {
    with(sub_task(), json!({ "status": status }))
}

fn set_up() -> Vec<Case> {
    let task = |name, keep| {
        case("a task", Planner, "POST", "/api/tasks")
            .json(json!({ "name": name }))
            .succeeds()
            .keep(keep, "/id")
    };
    let open = |path: &str| {
        case("open it", Planner, "PUT", path).json(json!({ "status": "active" })).succeeds()
    };
    let module = |path: &str, keep| {
        case("a module", Planner, "POST", path)
            .json(json!({ "name": "M" }))
            .succeeds()
            .keep(keep, "/id")
    };
    vec![
        task("Main", "task"),
        task("Foreign", "foreign"),
        open("/api/tasks/{task}/status"),
        open("/api/tasks/{foreign}/status"),
        module("/api/tasks/{task}/modules", "module"),
        module("/api/tasks/{foreign}/modules", "foreign_module"),
    ]
}

fn creation() -> Vec<Case> {
    vec![
        create("a name is enough", json!({})).gives(with(
            sub_task(),
            json!({
                "task_id": "{task}", "module_id": null, "name": "S", "description": "",
                "deliverable": "", "acceptance": "", "type": "once", "status": "pending",
                "priority": "medium", "assigned_agent": null, "current_session_id": null,
                "rework_count": 0, "completed_at": null,
            }),
        )),
        create(
            "everything given",
            json!({
                "description": "d", "deliverable": "e", "acceptance": "f", "priority": "high",
                "module_id": "{module}", "assigned_agent": "{executor_id}", "type": "recurring",
            }),
        )
        .gives(with(
            sub_task(),
            json!({
                "module_id": "{module}", "description": "d", "deliverable": "e", "acceptance": "f",
                "type": "recurring", "status": "assigned", "priority": "high",
                "assigned_agent": "{executor_id}",
            }),
        ))
        .keep("full", "/id"),
        create("nobody is an empty text", json!({ "assigned_agent": "" })).succeeds(),
        create("null where it is allowed", json!({ "module_id": null, "assigned_agent": null }))
            .gives(is("pending")),
        create("an unknown task", json!({ "task_id": "{nowhere}" })).refused(400).ours(404),
        create("an unknown module", json!({ "module_id": "{nowhere}" })).refused(400).ours(404),
        create("a module of another task", json!({ "module_id": "{foreign_module}" })).refused(400),
        create("an unknown agent", json!({ "assigned_agent": "{nowhere}" })).refused(400).ours(404),
        create("an agent of another role", json!({ "assigned_agent": "{reviewer_id}" }))
            .gives(is("assigned"))
            .ours_in(&[400, 403, 409, 422]),
        create("an unknown priority", json!({ "priority": "urgent" })).succeeds().ours(400),
        create("an unknown type", json!({ "type": "weekly" })).succeeds().ours(400),
        create("an empty name", json!({ "name": "" })).succeeds().ours(422),
        case("no name", Planner, "POST", "/api/sub-tasks")
            .json(json!({ "task_id": "{task}" }))
            .refused(422),
        case("an executor makes none", Executor, "POST", "/api/sub-tasks")
            .json(json!({ "task_id": "{task}", "name": "n" }))
            .refused(403),
    ]
}

fn claiming() -> Vec<Case> {
    vec![
        new("job"),
        act("a planner claims nothing", Planner, "job", "claim").refused(403),
        act("claimed, with a session", Executor, "job", "claim")
            .json(json!({ "session_id": "s-1" }))
            .gives(with(
                sub_task(),
                json!({
                    "status": "assigned", "assigned_agent": "{executor_id}",
                    "current_session_id": "s-1",
                }),
            )),
        act("claimed by somebody already", OtherExecutor, "job", "claim").refused(400).ours(409),
        act("an unknown one", Executor, "nowhere", "claim").refused(400).ours(404),
        new("bare"),
        act("claimed without a body", Executor, "bare", "claim")
            .gives(with(sub_task(), json!({ "current_session_id": null }))),
        new("empty"),
        act("claimed with an empty body", Executor, "empty", "claim")
            .json(json!({}))
            .gives(is("assigned")),
        new("typed"),
        act("a number for a session", Executor, "typed", "claim")
            .json(json!({ "session_id": 5 }))
            .refused(422),
        act("started before it is claimed", Executor, "typed", "start")
            .refused(400)
            .ours_in(&[403, 409]),
        act("another's may be started there, not here", OtherExecutor, "bare", "start")
            .gives(is("in_progress"))
            .ours_in(&[403, 409]),
        act("another's may be handed in there, not here", OtherExecutor, "bare", "submit")
            .gives(is("review"))
            .ours_in(&[403, 409]),
        act("another's session", OtherExecutor, "job", "session")
            .json(json!({ "session_id": "x" }))
            .refused(400)
            .ours_in(&[403, 409]),
    ]
}

fn working() -> Vec<Case> {
    vec![
        act("handed in before it is started", Executor, "job", "submit").refused(400).ours(409),
        act("started, the session stays", Executor, "job", "start")
            .json(json!({ "session_id": "" }))
            .gives(with(
                sub_task(),
                json!({
                    "status": "in_progress", "current_session_id": "s-1",
                }),
            )),
        act("started twice", Executor, "job", "start").refused(400).ours(409),
        act("another session", Executor, "job", "session")
            .json(json!({ "session_id": "s-2" }))
            .gives(with(sub_task(), json!({ "current_session_id": "s-2" }))),
        act("no session named", Executor, "job", "session").json(json!({})).refused(422),
        act("a reviewer hands in nothing", Reviewer, "job", "submit").refused(403),
        act("handed in as the Python client does", Executor, "job", "submit")
            .header("content-type", "application/json")
            .gives(with(sub_task(), json!({ "status": "review", "completed_at": null }))),
        act("handed in twice", Executor, "job", "submit").refused(400).ours(409),
        case("one", Patrol, "GET", "/api/sub-tasks/{job}")
            .gives(with(sub_task(), json!({ "id": "{job}" }))),
        case("an unknown one", Patrol, "GET", "/api/sub-tasks/{nowhere}").refused(404),
    ]
}

fn short_verdicts() -> Vec<Case> {
    vec![
        act("an executor judges nothing", Executor, "job", "rework").refused(403),
        act("sent back to somebody unknown", Reviewer, "job", "rework")
            .json(json!({ "rework_agent": "{nowhere}" }))
            .refused(400)
            .ours(404),
        looked_at("job"),
        act("sent back", Reviewer, "job", "rework").gives(with(
            sub_task(),
            json!({
                "status": "rework", "rework_count": 1, "assigned_agent": "{executor_id}",
            }),
        )),
        act("sent back twice", Reviewer, "job", "rework").refused(400).ours(409),
        act("taken up again", Executor, "job", "start").gives(is("in_progress")),
        act("handed in again", Executor, "job", "submit").gives(is("review")),
        looked_at("job"),
        act("approved", Reviewer, "job", "complete")
            .gives(with(sub_task(), json!({ "status": "done", "completed_at": ":time" }))),
        act("approved twice", Reviewer, "job", "complete").refused(400).ours(409),
        act("done is final", Planner, "job", "cancel").refused(400).ours(409),
    ]
}

fn unblocking() -> Vec<Case> {
    let reassign = |why, agent: &str| {
        act(why, Planner, "stuck", "reassign").json(json!({ "agent_id": agent }))
    };
    vec![
        new("stuck"),
        act("nothing to block in pending", Patrol, "stuck", "block").refused(400).ours(409),
        act("claimed", Executor, "stuck", "claim").json(json!({ "session_id": "s" })).succeeds(),
        act("an executor blocks nothing", Executor, "stuck", "block").refused(403),
        act("blocked", Patrol, "stuck", "block").gives(with(
            sub_task(),
            json!({
                "status": "blocked", "current_session_id": null,
                "assigned_agent": "{executor_id}",
            }),
        )),
        reassign("to somebody unknown", "{nowhere}").refused(400).ours(404),
        reassign("to another executor", "{other_id}").gives(with(
            sub_task(),
            json!({
                "status": "assigned", "assigned_agent": "{other_id}", "current_session_id": null,
            }),
        )),
        reassign("to yet another", "{executor_id}").gives(is("assigned")),
        act("started", Executor, "stuck", "start").gives(is("in_progress")),
        reassign("not while it is worked on", "{other_id}").refused(400).ours(409),
        act("no agent named", Planner, "stuck", "reassign").json(json!({})).refused(422),
        act("cancelled as the Python client does", Planner, "stuck", "cancel")
            .json(json!({}))
            .gives(is("cancelled")),
        act("cancelled twice", Planner, "stuck", "cancel").refused(400).ours(409),
        act("blocking an unknown one", Patrol, "nowhere", "block").refused(400).ours(404),
    ]
}

fn editing() -> Vec<Case> {
    let edit = |why, by, body| case(why, by, "PUT", "/api/sub-tasks/{edited}").json(body);
    vec![
        new("edited"),
        edit("what is absent stays", Planner, json!({ "acceptance": "a", "priority": "low" }))
            .gives(with(
                sub_task(),
                json!({
                    "name": "edited", "acceptance": "a", "priority": "low", "description": "",
                }),
            )),
        edit("null stays", Planner, json!({ "name": null })).succeeds(),
        edit("an unknown priority", Planner, json!({ "priority": "urgent" })).succeeds().ours(400),
        edit("an executor edits nothing", Executor, json!({ "name": "n" })).refused(403),
        act("claimed", Executor, "edited", "claim").succeeds(),
        edit("while it is assigned", Planner, json!({ "name": "E" })).gives(is("assigned")),
        act("started", Executor, "edited", "start").succeeds(),
        edit("not while it is worked on", Planner, json!({ "name": "F" })).refused(400).ours(409),
        case("an unknown one", Planner, "PUT", "/api/sub-tasks/{nowhere}")
            .json(json!({ "name": "n" }))
            .refused(400)
            .ours(404),
    ]
}

fn lists() -> Vec<Case> {
    let get = |why, by, path: &str| case(why, by, "GET", path);
    let row = sub_task_row(json!({}));
    let foreign = json!({ "task_id": "{foreign}", "name": "far", "module_id": "{foreign_module}" });
    let one = |pins| whole_list(json!([sub_task_row(pins)]), 1);
    let many = json!({
        "items": [":each", row], "total": ":positive", "page": 1, "page_size": ":int",
        "total_pages": 1, "has_more": false,
    });
    vec![
        create("in another task", foreign).succeeds().keep("far", "/id"),
        get("all", Reviewer, "/api/sub-tasks").gives(many.clone()),
        get("of a task", Reviewer, "/api/sub-tasks?task_id={foreign}")
            .gives(one(json!({ "id": "{far}" }))),
        get("of a module", Reviewer, "/api/sub-tasks?module_id={foreign_module}")
            .gives(one(json!({ "id": "{far}" }))),
        get("by status", Reviewer, "/api/sub-tasks?status=done")
            .gives(one(json!({ "id": "{job}" }))),
        get("an empty filter is none", Reviewer, "/api/sub-tasks?task_id=&module_id=&status=")
            .gives(many.clone()),
        get("of an unknown task", Reviewer, "/api/sub-tasks?task_id={nowhere}")
            .gives(whole_list(json!([]), 0)),
        get("available", OtherExecutor, "/api/sub-tasks/available").gives(many),
        get("mine", OtherExecutor, "/api/sub-tasks/mine").gives(whole_list(json!([]), 0)),
        act("claimed", OtherExecutor, "far", "claim").succeeds(),
        get("mine now", OtherExecutor, "/api/sub-tasks/mine").gives(one(json!({ "id": "{far}" }))),
        get("mine, in a status", OtherExecutor, "/api/sub-tasks/mine?status=done")
            .gives(whole_list(json!([]), 0)),
        get("my latest", OtherExecutor, "/api/sub-tasks/latest?task_id={foreign}")
            .gives(with(sub_task(), json!({ "id": "{far}" }))),
        get("none of mine", Patrol, "/api/sub-tasks/latest?task_id={foreign}").refused(404),
        get("no task named", Patrol, "/api/sub-tasks/latest").refused(422),
    ]
}

/// Part B: only open tasks offer work, and cancelling one takes its sub-tasks along.
fn cancelled_tasks() -> Vec<Case> {
    vec![
        case("a closed book", Planner, "POST", "/api/tasks")
            .json(json!({ "name": "Plans" }))
            .succeeds()
            .keep("plans", "/id"),
        create("in a task still in planning", json!({ "task_id": "{plans}", "name": "later" }))
            .succeeds()
            .keep("later", "/id"),
        act("claimed too early", Executor, "later", "claim").gives(is("assigned")).ours(409),
        create("another", json!({ "task_id": "{plans}", "name": "never" }))
            .succeeds()
            .keep("never", "/id"),
        case("the task is cancelled", Planner, "POST", "/api/tasks/{plans}/cancel").succeeds(),
        case("what becomes of its work", Planner, "GET", "/api/sub-tasks/{never}")
            .gives(is("pending"))
            .ours_gives(is("cancelled")),
        act("claimed from the grave", Executor, "never", "claim").gives(is("assigned")).ours(409),
    ]
}
