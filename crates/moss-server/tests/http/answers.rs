//! Conventions every answer keeps.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn every_answer_says_which_server_this_is() {
    let world = World::new().await;
    let team = world.team().await;
    for path in ["/api/health", "/api/nope", "/api/tasks"] {
        let answer = world.get(&team.planner, path).await;
        assert_eq!(answer.headers["x-moss-version"], env!("CARGO_PKG_VERSION"), "{path}");
    }
    let health = world.get(&team.planner, "/api/health").await.ok();
    assert_eq!((&health["server"], &health["service"]), (&json!("moss"), &json!("news")));
}

#[tokio::test]
async fn unknown_routes_and_methods_are_json() {
    let world = World::new().await;
    let team = world.team().await;
    for path in ["/api/nope", "/api/tasks/", "/assets/../../etc/passwd", "//etc/passwd"] {
        world.get(&team.planner, path).await.refused(404, "no_route");
    }
    world.raw(&team.planner, "PATCH", "/api/tasks", "").await.refused(405, "method_not_allowed");
    let head = world.raw(&team.planner, "HEAD", "/api/tasks", "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn who_calls_is_judged_as_the_contract_says() {
    let world = World::new().await;
    let ask = |header: Option<(&str, &str)>| {
        let mut request = Request::get("/api/tasks");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        world.send(request.body(Body::empty()).unwrap())
    };
    let missing = ask(None).await;
    missing.refused(422, "missing_credentials");
    assert_eq!(missing.json()["detail"][0]["loc"], json!(["header", "authorization"]));
    let unknown = format!("Bearer ak_{}", "0".repeat(80));
    for bad in ["Basic x", "bearer x", "Bearer", "Bearer  x", "Bearer ak_short", &unknown] {
        ask(Some(("authorization", bad))).await.refused(401, "unknown_key");
    }
}

#[tokio::test]
async fn a_key_that_differs_in_one_digit_is_unknown() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let mut key = agent.key();
    let last = if key.ends_with('0') { "1" } else { "0" };
    key.replace_range(key.len() - 1.., last);
    let request = Request::get("/api/wake").header("x-agent-key", key).body(Body::empty()).unwrap();
    world.send(request).await.refused(401, "unknown_key");
}

#[tokio::test]
async fn prefixes_are_resolved_and_ambiguity_is_named() {
    use moss_server::domain::Command;
    use moss_server::domain::Error;
    use moss_server::store::entity::sub_task::Model;
    use moss_server::store::{Tx, sub_tasks};
    /// Two sub-tasks whose ids begin alike.
    struct Twins(Model);
    impl Command for Twins {
        type Output = ();
        async fn run(&self, tx: &Tx) -> Result<(), Error> {
            let twin = |tail: &str, name: &str| Model {
                id: format!("abcd0000-0000-4000-8000-00000000000{tail}"),
                name: name.to_owned(),
                plan_key: None,
                ..self.0.clone()
            };
            Ok(sub_tasks::insert(tx, vec![twin("1", "left"), twin("2", "right")]).await?)
        }
    }
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let row = sub_tasks::find(world.app.store.read(), &id).await.unwrap().unwrap();
    world.app.writer.write(Twins(row), None).await.unwrap();
    assert_eq!(world.sub_task(&id[..8], &team.planner).await["id"], id.as_str());
    assert_eq!(world.sub_task(&id[..8].to_uppercase(), &team.planner).await["id"], id.as_str());
    let both = world.act(&team.executor, "abcd", "claim", json!({})).await;
    both.refused(400, "ambiguous_id");
    assert!(both.text.contains("left") && both.text.contains("right"), "{}", both.text);
    for bad in ["abc", "zzzz", "%00%00%00%00", "abcd0000-0000-4000-8000-0000000000019"] {
        world.act(&team.executor, bad, "claim", json!({})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn requests_are_logged_in_batches_without_secrets() {
    use moss_server::store::entity::request_log::Entity;
    use sea_orm::EntityTrait;
    let world = World::new().await;
    let team = world.team().await;
    world.get(&team.executor, "/api/wake?since=5").await;
    world.post(&team.planner, "/api/tasks", json!({ "name": "日本" })).await;
    world.post(&team.executor, "/api/tasks", json!({ "name": "refused" })).await;
    assert!(Entity::find().all(world.app.store.read()).await.unwrap().is_empty());
    world.app.flush_request_log();
    // Rows are written behind the batch they meet: the second write has waited for them.
    for _ in 0..2 {
        world.post(&team.planner, "/api/tasks", json!({ "name": "x" })).await;
    }
    let rows = Entity::find().all(world.app.store.read()).await.unwrap();
    let mut seen: Vec<_> = rows
        .iter()
        .map(|r| (r.method.as_str(), r.path.as_str(), r.request_body.as_deref().unwrap()))
        .collect();
    seen.sort_unstable();
    let want =
        [("GET", "/api/wake", r#"{"since":"5"}"#), ("POST", "/api/tasks", "{\"name\":\"日本\"}")];
    assert_eq!(seen, want);
    assert!(rows.iter().all(|r| !format!("{r:?}").contains(&team.executor.key())));
}
