//! Section 1: headers, bodies, the order of checks, methods and paths nobody knows.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{agent, task, with};
use crate::world::By::{Executor, Nobody, Planner};

/// A validation error as the original locates it.
fn at(loc: Value) -> Value {
    json!({ "type": ":filled", "loc": loc, "msg": ":filled", "input": ":any" })
}

pub fn cases() -> Vec<Case> {
    [paths(), keys(), bodies(), values()].into_iter().flatten().collect()
}

fn paths() -> Vec<Case> {
    vec![
        case("health is public", Nobody, "GET", "/api/health").gives(json!({
            "status": "ok", "service": ":filled", "version": ":filled",
        })),
        case("health says which server this is", Nobody, "GET", "/api/health")
            .gives(json!({ "status": "ok", "service": ":string", "version": "1.0.0" }))
            .ours_gives(json!({ "server": "moss", "time": ":time" })),
        case("an unknown GET is the web page", Nobody, "GET", "/api/no-such-route")
            .gives_text("text/html", "<")
            .ours(404),
        case("a slash at the end makes another path", Planner, "GET", "/api/tasks/")
            .gives_text("text/html", "<")
            .ours(404),
        case("our own routes are not the original's", Planner, "GET", "/api/wake")
            .gives_text("text/html", "<")
            .ours(200),
        case("an unknown POST is 405", Planner, "POST", "/api/no-such-route")
            .json(json!({}))
            .refused(405)
            .ours(404),
        case("a known path without the method", Planner, "DELETE", "/api/tasks").refused(405),
        case("a known path with a variable", Planner, "PATCH", "/api/tasks/{nowhere}").refused(405),
        case("unknown query parameters are ignored", Planner, "GET", "/api/tasks?colour=red")
            .succeeds(),
    ]
}

fn keys() -> Vec<Case> {
    let agents = "/api/agents";
    let header = |why, value: &str| {
        case(why, Nobody, "GET", agents).header("authorization", value).refused(401)
    };
    vec![
        case("no key", Nobody, "GET", agents)
            .refused_with(422, json!({ "detail": [at(json!(["header", "authorization"]))] })),
        header("the scheme is case-sensitive", "bearer {planner_key}"),
        header("one space and no more", "Bearer  {planner_key}"),
        header("another scheme", "Basic {planner_key}"),
        header("a key of nobody", "Bearer ak_00000000000000000000000000000000"),
        header("an empty key", "Bearer "),
        case("the other header for a key", Nobody, "GET", agents)
            .header("x-agent-key", "{planner_key}")
            .refused(422)
            .ours(200),
        case("an agent's key is no admin token", Nobody, "PUT", "/api/agents/{other_id}/status")
            .header("x-admin-token", "{planner_key}")
            .json(json!({ "status": "active" }))
            .refused(403),
        case("the role is judged before the fields", Executor, "POST", "/api/tasks")
            .json(json!({ "name": 5 }))
            .refused(403),
        // Of a caller nobody knows ours reads no body: to parse one is to work for a stranger.
        case("broken JSON is told before a bad key", Nobody, "POST", "/api/tasks")
            .header("authorization", "Bearer nobody")
            .header("content-type", "application/json")
            .raw("{\"name\": ")
            .refused_with(422, json!({ "detail": [at(json!(["body", ":int"]))] }))
            .ours(401),
        case("broken JSON is told before a wrong role", Executor, "POST", "/api/tasks")
            .header("content-type", "application/json")
            .raw("{\"name\": ")
            .refused_with(422, json!({ "detail": [at(json!(["body", ":int"]))] })),
        case("a bad key is told before missing fields", Nobody, "POST", "/api/tasks")
            .header("authorization", "Bearer nobody")
            .json(json!({}))
            .refused(401),
        case("no key and no name are told together", Nobody, "POST", "/api/tasks")
            .json(json!({}))
            .refused_with(
                422,
                json!({ "detail": [
                at(json!(["header", "authorization"])), at(json!(["body", "name"])),
            ] }),
            ),
        case("the key itself is never shown", Planner, "GET", agents)
            .gives(json!([":each", agent()])),
    ]
}

fn bodies() -> Vec<Case> {
    let post = |why| case(why, Planner, "POST", "/api/tasks");
    let typed = |why, kind: &str| post(why).header("content-type", kind);
    let json_type = "application/json";
    let body = json!({ "detail": [at(json!(["body"]))] });
    vec![
        post("no body").refused_with(422, body.clone()),
        post("a list for a body").json(json!([])).refused_with(422, body.clone()),
        typed("JSON sent as text", "text/plain")
            .raw("{\"name\":\"n\"}")
            .refused_with(422, body.clone()),
        post("JSON without a content type").raw("{\"name\":\"n\"}").refused_with(422, body),
        typed("broken JSON", json_type)
            .raw("{\"name\": nope}")
            .refused_with(422, json!({ "detail": [at(json!(["body", ":int"]))] })),
        typed("bytes that are not UTF-8", json_type).raw(b"{\"name\":\"\xff\"}").refused(400),
        typed("a byte order mark", json_type).raw("\u{feff}{\"name\":\"n\"}").gives(task()),
        typed("half a surrogate pair", json_type).raw(r#"{"name":"\ud83d"}"#).refused(400),
        post("unknown fields are ignored")
            .json(json!({ "name": "n", "colour": "red" }))
            .gives(task()),
        post("a body over the limit")
            .json(json!({ "name": "n", "description": "x".repeat(1 << 21) }))
            .gives(task())
            .ours(413),
    ]
}

fn values() -> Vec<Case> {
    let post = |why| case(why, Planner, "POST", "/api/tasks");
    let name = json!({ "detail": [at(json!(["body", "name"]))] });
    let adjust = |why| case(why, Planner, "POST", "/api/scores/adjust");
    vec![
        post("a number for a text").json(json!({ "name": 5 })).refused_with(422, name.clone()),
        post("null for a text").json(json!({ "name": null })).refused_with(422, name),
        post("null for an optional text that is not nullable")
            .json(json!({ "name": "n", "description": null }))
            .refused(422),
        post("emoji and every script are kept")
            .json(json!({ "name": "日本 🚀 täglich", "description": "a\tb\r\nc" }))
            .gives(with(task(), json!({ "name": "日本 🚀 täglich", "description": "a\tb\r\nc" }))),
        post("a text over 64 KiB")
            .json(json!({ "name": "n", "description": "x".repeat((64 << 10) + 1) }))
            .gives(task())
            .ours(422),
        post("a text of 64 KiB")
            .json(json!({ "name": "n", "description": "x".repeat(64 << 10) }))
            .gives(task()),
        post("NUL").json(json!({ "name": "n", "description": "a\u{0}b" })).gives(task()).ours(422),
        post("a bell").json(json!({ "name": "n\u{7}" })).gives(task()).ours(422),
        adjust("a number beyond 64 bits")
            .json(json!({
                "agent_id": "{other_id}", "score_delta": 9_223_372_036_854_775_808_u64,
                "reason": "r",
            }))
            .refused(500)
            .ours(422),
        case("a page beyond 64 bits", Planner, "GET", "/api/tasks?page=9223372036854775808")
            .refused(500)
            .ours(422),
    ]
}
