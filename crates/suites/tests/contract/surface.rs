//! What the table cannot say: answers without a body, headers for browsers, and that the stand-in
//! sees what was really sent.

use serde_json::json;

use crate::world::{By, Target, World};
use test_support::http::Request;
use test_support::standin::Standin;

#[test]
fn head_is_refused_there_and_answered_here() {
    let head = Request::new("HEAD", "/api/health");
    assert_eq!(World::new(Target::Original).send(&head).status, 405);
    let reply = World::new(Target::Ours).send(&head);
    assert_eq!((reply.status, reply.body.as_slice()), (200, &[][..]));
}

#[test]
fn any_page_may_call_there_and_only_our_own_here() {
    let origin = "https://elsewhere.example";
    let get = Request::new("GET", "/api/health").header("origin", origin);
    let preflight = Request::new("OPTIONS", "/api/tasks")
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    let original = World::new(Target::Original);
    for request in [&get, &preflight] {
        let reply = original.send(request);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("access-control-allow-origin"), Some(origin));
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    }
    let ours = World::new(Target::Ours);
    for request in [&get, &preflight] {
        assert_eq!(ours.send(request).header("access-control-allow-origin"), None);
    }
}

/// Every pair of segments that once read files outside the web folder.
#[test]
fn no_path_reaches_the_file_system() {
    let ours = World::new(Target::Ours);
    for path in
        ["//etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/../../etc/passwd", "/%2fetc%2fpasswd"]
    {
        let reply = ours.send(&Request::new("GET", path));
        assert!(!reply.text().contains("root:"), "{path}: {}", reply.text());
    }
}

/// A key may come in either header; the two are the same agent.
#[test]
fn both_headers_carry_a_key() {
    let ours = World::new(Target::Ours);
    let key = ours.fill("{executor_key}");
    let me = |request: Request| ours.send(&request).json();
    let bearer = me(Request::new("GET", "/api/scores/me").bearer(&key));
    let header = me(Request::new("GET", "/api/scores/me").header("x-agent-key", &key));
    assert_eq!(bearer["agent_id"], ours.fill("{executor_id}"));
    assert_eq!(bearer, header);
}

/// `page_size=0` means everything, up to a thousand rows; the rest is there for the asking.
#[test]
fn everything_ends_at_a_thousand_rows() {
    let ours = World::new(Target::Ours);
    let sub_tasks: Vec<_> = (0..1_100).map(|n| json!({ "name": format!("S{n}") })).collect();
    let plan = json!({ "task": { "name": "Many" }, "sub_tasks": sub_tasks });
    let apply = ours.by(By::Planner, Request::new("POST", "/api/plans").json(&plan));
    let applied = ours.send(&apply);
    assert_eq!(applied.status, 200, "{}", applied.text());
    let list = |path: &str| ours.send(&ours.by(By::Patrol, Request::new("GET", path))).json();
    let everything = list("/api/sub-tasks?page_size=0");
    assert_eq!(everything["items"].as_array().map(Vec::len), Some(1_000));
    assert_eq!((&everything["total"], &everything["has_more"]), (&json!(1_100), &json!(true)));
    // In words of pages: go on with the next one.
    assert_eq!((&everything["page"], &everything["page_size"]), (&json!(10), &json!(100)));
    let last = list("/api/sub-tasks?page=11&page_size=100");
    assert_eq!(last["items"].as_array().map(Vec::len), Some(100));
    assert_eq!((&last["total_pages"], &last["has_more"]), (&json!(11), &json!(false)));
}

/// Two reviewers judge one round at once: there both may count, here one does.
#[test]
fn one_verdict_a_round() {
    let mut world = World::new(Target::Ours);
    let send = |world: &World, by, method: &str, path: &str, body| {
        let request = Request::new(method, &world.fill(path)).json(&world.fill_json(&body));
        world.send(&world.by(by, request))
    };
    let task = send(&world, By::Planner, "POST", "/api/tasks", json!({ "name": "T" })).json();
    world.set("task", task["id"].as_str().unwrap());
    let active = json!({ "status": "active" });
    send(&world, By::Planner, "PUT", "/api/tasks/{task}/status", active);
    let body = json!({ "task_id": "{task}", "name": "S" });
    let sub = send(&world, By::Planner, "POST", "/api/sub-tasks", body).json();
    world.set("sub", sub["id"].as_str().unwrap());
    for verb in ["claim", "start", "submit"] {
        let path = format!("/api/sub-tasks/{{sub}}/{verb}");
        assert_eq!(send(&world, By::Executor, "POST", &path, json!({})).status, 200);
    }
    let verdict = json!({ "sub_task_id": "{sub}", "result": "approved", "score": 5 });
    let unseen = send(&world, By::Reviewer, "POST", "/api/review-records", verdict.clone());
    assert_eq!((unseen.status, &unseen.json()["code"]), (409, &json!("not_shown")));
    send(&world, By::Reviewer, "GET", "/api/sub-tasks/{sub}", json!({}));
    let judge =
        || send(&world, By::Reviewer, "POST", "/api/review-records", verdict.clone()).status;
    let mut statuses = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(judge)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let score = send(&world, By::Executor, "GET", "/api/scores/me", json!({})).json();
    assert_eq!((&score["total_score"], &score["total_records"]), (&json!(5), &json!(1)));
}

#[test]
fn the_stand_in_records_what_was_sent() {
    let standin = Standin::start();
    let path = "/api/tasks?status=a%20b&page=1&page=2";
    Request::new("POST", path)
        .header("authorization", "Bearer x")
        .header("X-Extra", "日本")
        .json(&json!({ "name": "n" }))
        .send(&standin.url());
    let requests = standin.take_requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, "POST /api/tasks");
    assert_eq!(
        serde_json::Value::Object(request.parameters()),
        json!({ "status": "a b", "page": "2" })
    );
    assert_eq!(request.header("authorization"), Some("Bearer x"));
    assert_eq!(request.header("x-extra"), Some("日本"));
    assert_eq!(request.json(), json!({ "name": "n" }));
    assert!(standin.take_lines().is_empty(), "taken once");
}

#[test]
fn the_stand_in_never_says_it_is_ours() {
    let standin = Standin::start();
    for path in ["/api/health", "/api/tasks", "/api/wake", "/"] {
        let reply = Request::new("GET", path).send(&standin.url());
        assert_eq!(reply.header(moss_api::VERSION_HEADER), None, "{path}");
    }
    let health = Request::new("GET", "/api/health").send(&standin.url()).json();
    assert!(health.get("server").is_none(), "{health}");
}

/// A body far over our limit, as the original takes it.
#[test]
fn the_stand_in_has_no_body_limit() {
    let world = World::new(Target::Original);
    let summary = "x".repeat(20 << 20);
    let body = json!({ "action": "coding", "summary": summary });
    let reply = world.send(&world.by(By::Executor, Request::new("POST", "/api/logs").json(&body)));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["summary"].as_str().map(str::len), Some(20 << 20));
}
