//! Hostile input: a clear 4xx, nothing changed, never a 500.

use axum::body::Body;
use serde_json::{Value, json};

use crate::harness::World;

fn bad_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "{",
        "null",
        "[]",
        "5",
        "\"x\"",
        "{\"name\":",
        "{\"name\":null}",
        "{\"name\":[]}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"\\u0000\"}",
        "{\"name\":\"a\\nb\"}",
        "{\"name\":\"\"}",
        "{\"name\":1e999}",
        "{\"a\":NaN}",
        "{'name':'x'}",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    bodies.push(b"{\"name\":\"\xff\xfe\"}".to_vec());
    bodies.push(format!("{{\"name\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes());
    bodies.push(json!({ "name": "n".repeat(201) }).to_string().into_bytes());
    bodies
        .push(json!({ "name": "ok", "description": "d".repeat(64 * 1024 + 1) }).to_string().into());
    bodies
}

#[tokio::test]
async fn bad_bodies_are_4xx_everywhere() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let routes = [
        (&team.planner, "POST", "/api/tasks".to_owned()),
        (&team.planner, "POST", "/api/plans".to_owned()),
        (&team.planner, "POST", "/api/sub-tasks".to_owned()),
        (&team.planner, "POST", format!("/api/sub-tasks/{id}/reassign")),
        (&team.planner, "POST", "/api/scores/adjust".to_owned()),
        (&team.executor, "POST", "/api/logs".to_owned()),
        (&team.executor, "POST", format!("/api/sub-tasks/{id}/session")),
        (&team.executor, "POST", format!("/api/sub-tasks/{id}/fail")),
        (&team.reviewer, "POST", "/api/review-records".to_owned()),
        (&team.planner, "PUT", format!("/api/tasks/{id}/status")),
    ];
    for (agent, method, path) in &routes {
        for body in bad_bodies() {
            let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
            let answer = world.raw(agent, method, path, body).await;
            assert!(
                matches!(answer.status.as_u16(), 400 | 422),
                "{method} {path} {shown}: {} {}",
                answer.status,
                answer.text
            );
            assert!(answer.json()["detail"] != Value::Null);
        }
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
}

#[tokio::test]
async fn the_body_limit_is_413() {
    let world = World::new().await;
    let team = world.team().await;
    let big = Body::from(vec![b' '; 1024 * 1024 + 1]);
    world.raw(&team.planner, "POST", "/api/tasks", big).await.refused(413, "too_large");
    let mut fits = json!({ "name": "fits" }).to_string().into_bytes();
    fits.resize(1024 * 1024, b' ');
    world.raw(&team.planner, "POST", "/api/tasks", fits).await.ok();
}

#[tokio::test]
async fn odd_but_legal_text_comes_back_as_it_was() {
    let world = World::new().await;
    let team = world.team().await;
    let name = "Ünïcödé 日本語 🚀 \u{202e}rtl' OR 1=1; --";
    let description = "line\r\n\ttab \u{1F469}\u{200D}\u{1F4BB} \\ \" %s {{workspace_root}}";
    let body = json!({ "name": name, "description": description });
    let id = world.post(&team.planner, "/api/tasks", body).await.id();
    let row = world.get(&team.planner, &format!("/api/tasks/{id}")).await.ok();
    assert_eq!((&row["name"], &row["description"]), (&json!(name), &json!(description)));
    let bom = "\u{feff}{\"name\":\"bom\"}";
    world.raw(&team.planner, "POST", "/api/tasks", bom).await.ok();
}

#[tokio::test]
async fn odd_queries_are_never_500() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    let big = "9223372036854775808";
    for path in [
        "/api/tasks?page=X",
        "/api/tasks?page_size=1.5",
        &format!("/api/tasks?page={big}"),
        "/api/logs?days=",
        "/api/logs?limit=x",
        "/api/wake?max_tokens=lots",
        "/api/wake?since=x",
        "/api/sub-tasks/latest",
        "/api/rules?cli_version=x",
    ] {
        let answer = world.get(&team.executor, path).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{path}: {}", answer.text);
    }
    for path in [
        "/api/tasks?page=9223372036854775807&page_size=100",
        "/api/tasks?page=-5&page_size=-1",
        "/api/tasks?status=nonsense",
        "/api/sub-tasks?task_id=zzzz",
        "/api/logs?days=-1&limit=-1",
        "/api/logs?agent_id=x",
        "/api/scores/nobody/logs",
        "/api/tasks/ffff/modules",
        "/api/agents?role=king",
        "/api/review-records?sub_task_id=%27",
        "/api/tasks?page=%20 1".split(' ').next().unwrap(),
    ] {
        let answer = world.get(&team.executor, path).await;
        assert!(matches!(answer.status.as_u16(), 200 | 422), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn page_size_zero_stops_at_a_thousand() {
    let world = World::new().await;
    let team = world.team().await;
    let plan: Vec<_> = (0..1_005).map(|n| json!({ "name": format!("s{n}") })).collect();
    world.plan(&team.planner, "Many", json!(plan)).await;
    let page = world.get(&team.executor, "/api/sub-tasks/available").await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 1_000);
    assert_eq!((&page["total"], &page["has_more"]), (&json!(1_005), &json!(true)));
    let page = world.get(&team.executor, "/api/sub-tasks?page=11&page_size=100").await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 5);
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(
        (&packet["claimable"]["count"], &packet["claimable"]["more"]),
        (&json!(50), &json!(true))
    );
}

#[tokio::test]
async fn registration_is_guarded() {
    let world = World::new().await;
    let register = |token: Option<&str>, body: Value| {
        let mut request = axum::http::Request::post("/api/agents/register")
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("x-registration-token", token);
        }
        world.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let good = json!({ "name": "A", "role": "executor" });
    register(None, good.clone()).await.refused(422, "missing_credentials");
    register(Some("wrong"), good.clone()).await.refused(403, "bad_registration_token");
    let token = Some(crate::harness::TOKEN);
    register(token, json!({ "name": "A", "role": "king" })).await.refused(400, "bad_value");
    for name in ["", " ", &"n".repeat(101), "a\nb"] {
        let body = json!({ "name": name, "role": "executor" });
        register(token, body).await.refused(422, "invalid");
    }
    register(token, good.clone()).await.ok();
    register(token, good).await.refused(400, "name_taken");
}
