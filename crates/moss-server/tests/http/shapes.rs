//! The shapes of answers that the original's clients know: problems with what was sent, lists, the
//! configuration.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::harness::World;

#[tokio::test]
async fn a_problem_shows_what_was_sent_there() {
    let world = World::new().await;
    let team = world.team().await;
    let problem = async |path: &str, body: Value| {
        let answer = world.post(&team.planner, path, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        answer.json()["detail"][0].clone()
    };
    let tasks = "/api/tasks";
    assert_eq!(
        problem(tasks, json!({ "name": 5 })).await,
        json!({
            "type": "string_type", "loc": ["body", "name"], "input": 5,
            "msg": "invalid type: integer `5`, expected a string",
        })
    );
    assert_eq!(
        problem(tasks, json!({ "description": "d", "api_key": "secret" })).await,
        json!({
            "type": "missing", "loc": ["body", "name"], "msg": "Field required",
            "input": { "description": "d", "api_key": "***" },
        })
    );
    assert_eq!(
        problem(tasks, json!({ "name": "a\u{200b}b" })).await,
        json!({
            "type": "value_error", "loc": ["body", "name"], "input": "a\u{200b}b",
            "msg": "contains U+200B, which cannot be seen",
            "ctx": { "error": "contains U+200B, which cannot be seen" },
        })
    );
    let long = problem(tasks, json!({ "name": "n", "description": "x".repeat(70_000) })).await;
    assert_eq!(long["input"].as_str().unwrap().chars().count(), 101, "{long}");
    let list = problem(tasks, json!([1, { "password": "p" }])).await;
    assert_eq!(list["input"], json!([1, { "password": "***" }]));
    let plan = json!({ "task": { "name": "t" }, "sub_tasks": [{ "name": "s" }, { "name": 7 }] });
    let in_plan = problem("/api/plans", plan).await;
    assert_eq!(in_plan["input"], 7);
    assert_eq!(in_plan["loc"], json!(["body", "sub_tasks", 1, "name"]));
    let answer = world.get(&team.planner, "/api/tasks?page=first").await;
    assert_eq!(answer.json()["detail"][0]["input"], "first");
    let broken = world.raw(&team.planner, "POST", tasks, "{\"name\": nope}").await.json();
    assert_eq!(broken["detail"][0]["input"], json!({}));
    assert!(broken["detail"][0]["ctx"]["error"].is_string(), "{broken}");
}

/// Nobody is shown a password, their own included: answers end up in logs.
#[tokio::test]
async fn no_problem_repeats_a_secret() {
    let world = World::new().await;
    let admin = world.admin().await;
    world.app.open_setup("once");
    let set_up = json!({ "admin_password": "correct horse", "registration_token": "tell nobody" });
    let headers = [("x-setup-token", "once"), ("x-admin-token", admin.as_str())];
    for (method, path, body) in [
        ("POST", "/api/setup/initialize", set_up),
        ("POST", "/api/setup/initialize", json!({ "admin_password": ["correct horse"] })),
        ("POST", "/api/admin/login", json!({ "password": { "is": "correct horse" } })),
        ("PUT", "/api/admin/config/password", json!({ "old_password": "correct horse" })),
        ("POST", "/api/admin/login", json!(["correct horse", { "token": "tell nobody" }])),
    ] {
        let answer = world.ask(method, path, &headers, &body).await;
        assert_eq!(answer.status, 422, "{path} {}", answer.text);
        let told = answer.text.contains("correct horse") && body.is_object();
        assert!(!told && !answer.text.contains("tell nobody"), "{path} {}", answer.text);
    }
}

#[tokio::test]
async fn json_without_its_content_type_is_no_object() {
    let world = World::new().await;
    let team = world.team().await;
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut request = Request::post("/api/tasks")
            .header("authorization", format!("Bearer {}", team.planner.key()));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let request = request.body(Body::from("{\"name\":\"n\"}")).unwrap();
        let answer = world.send(request).await;
        answer.refused(422, "invalid");
        assert_eq!(answer.json()["detail"][0]["type"], "model_attributes_type", "{kind:?}");
    }
    // Nothing is nothing, whatever it says it is.
    let id = world.one(&team.planner).await;
    let claim = Request::post(format!("/api/sub-tasks/{id}/claim"))
        .header("authorization", format!("Bearer {}", team.executor.key()));
    world.send(claim.body(Body::empty()).unwrap()).await.ok();
}

#[tokio::test]
async fn the_admins_routes_refuse_a_word_that_is_none_with_422() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let admin = world.admin().await;
    let headers = [("x-admin-token", admin.as_str())];
    let create = json!({ "name": "AI-New", "role": "king" });
    let answer = world.ask("POST", "/api/admin/agents", &headers, &create).await;
    answer.refused(422, "invalid");
    assert_eq!(
        answer.json()["detail"][0],
        json!({
            "type": "enum", "loc": ["body", "role"], "input": "king",
            "msg": "\"king\" is not one of: planner, executor, reviewer, patrol",
            "ctx": { "expected": "planner, executor, reviewer, patrol" },
        })
    );
    world.ask("POST", "/api/agents", &headers, &create).await.refused(400, "bad_value");
    let asleep = json!({ "status": "asleep" });
    let path = format!("/api/admin/agents/{}/status", agent.id);
    world.ask("PUT", &path, &headers, &asleep).await.refused(422, "invalid");
    let path = format!("/api/agents/{}/status", agent.id);
    world.ask("PUT", &path, &headers, &asleep).await.refused(400, "bad_value");
    let good = json!({ "name": "AI-New", "role": "patrol", "description": "d" });
    let made = world.ask("POST", "/api/admin/agents", &headers, &good).await.ok();
    assert_eq!((&made["name"], &made["role"]), (&json!("AI-New"), &json!("patrol")));
}

#[tokio::test]
async fn lists_and_the_configuration_have_all_of_the_originals_keys() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    for path in ["/api/sub-tasks", "/api/sub-tasks/available"] {
        let page = world.get(&team.executor, path).await.ok();
        assert_eq!(page["items"][0].get("recurring_config"), Some(&Value::Null), "{path}");
    }
    assert_eq!(world.sub_task(&id, &team.executor).await.get("recurring_config"), None);
    let admin = world.admin().await;
    let headers = [("x-admin-token", admin.as_str())];
    let config = world.ask("GET", "/api/admin/config", &headers, &Value::Null).await.ok();
    for (section, keys) in [
        ("project", &["name"][..]),
        ("admin", &["password"]),
        ("agent", &["registration_token", "allow_registration"]),
        ("notification", &["enabled", "channels", "events"]),
        ("server", &["port", "host", "external_url"]),
        ("database", &["type", "path"]),
        ("workspace", &["root"]),
        ("webui", &["public_feed", "feed_retention_days", "auto_update", "github_repo"]),
    ] {
        for key in keys {
            assert!(config[section].get(key).is_some(), "{section}.{key} in {config}");
        }
    }
    assert_eq!((config.get("setup"), &config["admin"]["password"]), (None, &json!("***")));
}
