//! Section 8: the activity log and its clamps.

use serde_json::json;

use crate::case::{Case, case};
use crate::shape::{log, with};
use crate::world::By::{Executor, Patrol, Planner};

pub fn cases() -> Vec<Case> {
    [writing(), reading()].into_iter().flatten().collect()
}

fn writing() -> Vec<Case> {
    let add = |why, action: &str| {
        case(why, Executor, "POST", "/api/logs").json(json!({ "action": action, "summary": "s" }))
    };
    let mut cases = vec![
        case("an action is enough", Planner, "POST", "/api/logs")
            .json(json!({ "action": "plan" }))
            .gives(with(log(), json!({
                "agent_id": "{planner_id}", "action": "plan", "summary": "", "sub_task_id": null,
                "session_id": null,
            }))),
        case("with a session", Planner, "POST", "/api/logs")
            .json(json!({ "action": "plan", "summary": "日志", "session_id": "s-1" }))
            .gives(with(log(), json!({ "summary": "日志", "session_id": "s-1" }))),
        case("a text over 16 KiB", Planner, "POST", "/api/logs")
            .json(json!({ "action": "plan", "summary": "x".repeat((16 << 10) + 1) }))
            .succeeds()
            .ours(422),
        add("no such action", "thinking").refused(400),
        case("no action", Executor, "POST", "/api/logs").json(json!({})).refused(422),
        case("about something unknown", Planner, "POST", "/api/logs")
            .json(json!({ "action": "plan", "summary": "ghost", "sub_task_id": "{nowhere}" }))
            .gives(with(log(), json!({ "sub_task_id": "{nowhere}" })))
            .ours(404),
    ];
    let actions = ["coding", "delivery", "blocked", "reflection", "plan", "review", "patrol"];
    cases.extend(actions.map(|action| {
        add("every action is open to every role", action)
            .gives(with(log(), json!({ "action": action })))
    }));
    cases
}

fn reading() -> Vec<Case> {
    let get = |why, query: &str| case(why, Patrol, "GET", format!("/api/logs?{query}"));
    let of = |action: &str| with(log(), json!({ "action": action }));
    let newest = json!([of("patrol"), of("review")]);
    let all = json!([":each", log()]);
    vec![
        get("newest first", "limit=2").gives(newest.clone()),
        get("of an agent", "agent_id={executor_id}&limit=2").gives(newest.clone()),
        get("of nobody", "agent_id={nowhere}").gives(json!([])),
        get("by action", "action=reflection").gives(json!([of("reflection")])),
        get("an unknown action finds nothing", "action=thinking").gives(json!([])),
        get("an empty filter is none", "action=&agent_id=&sub_task_id=&limit=2")
            .gives(newest.clone()),
        get("about nothing", "sub_task_id={nowhere}&action=coding").gives(json!([])),
        get("no days are one day", "days=0").gives(all.clone()),
        get("negative days are one day", "days=-5").gives(all.clone()),
        get("too many days", "days=100000").gives(all.clone()),
        get("empty days", "days=").refused(422),
        get("a negative limit is one", "limit=-1").gives(json!([of("patrol")])),
        get("a limit of zero is the default", "limit=0").gives(all.clone()),
        get("a huge limit", "limit=1000000").gives(all),
        case("mine", Executor, "GET", "/api/logs/mine?limit=1")
            .gives(json!([with(log(), json!({ "agent_id": "{executor_id}" }))])),
        case("mine, by action", Executor, "GET", "/api/logs/mine?action=coding")
            .gives(json!([of("coding")])),
        case("none of mine", Patrol, "GET", "/api/logs/mine").gives(json!([])),
    ]
}
