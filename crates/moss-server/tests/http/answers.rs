//! Conventions every answer keeps.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::harness::{Answer, World};

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
    world.write_request_log().await;
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

#[tokio::test]
async fn every_answer_and_every_error_names_its_request() {
    let world = World::new().await;
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        world.ask("GET", path, headers, &json!(null)).await
    };
    let id = |answer: &Answer| answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let (one, two) = (ask("/api/health", &[]).await, ask("/api/health", &[]).await);
    assert_ne!(id(&one), id(&two));
    assert_eq!(one.json()["request_id"], json!(null));
    for path in ["/api/nope", "/api/tasks", "/releases/nope"] {
        let error = ask(path, &[]).await;
        assert_eq!(error.json()["request_id"], id(&error), "{path}");
        let error = ask(path, &[("x-request-id", "from-a_proxy.7")]).await;
        assert_eq!(error.json()["request_id"], "from-a_proxy.7", "{path}");
        assert_eq!(id(&error), "from-a_proxy.7", "{path}");
    }
    let long = "x".repeat(65);
    for bad in ["", "a b", "a\tb", "\"", "\u{e9}", long.as_str()] {
        let answer = ask("/api/health", &[("x-request-id", bad)]).await;
        assert_eq!(id(&answer).len(), 36, "{bad:?}");
    }
}

#[tokio::test]
async fn every_log_line_of_a_request_names_it() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let sink = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || Sink(sink.clone())).finish();
    // For all tests of this program: one for this thread only would miss what another thread met
    // first. Lines are told apart by their request.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    world.get(&agent, "/api/tasks").await.ok();
    world.app.store.close().await;
    let failed = world.get(&agent, "/api/tasks").await;
    failed.refused(507, "storage_failed");
    let id = failed.headers["x-request-id"].to_str().unwrap().to_owned();
    let text = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    let span = format!("request{{id=\"{id}\"}}");
    let line = text.lines().find(|line| line.contains(&span)).expect("no line of this request");
    assert!(line.contains("the database failed"), "{line}");
}

/// Where log lines go.
struct Sink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
