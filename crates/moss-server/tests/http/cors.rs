//! Pages of other sites: what a browser is told of them, and what they may ask.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::harness::{Answer, World};

const BOARD: &str = "https://board.example.com";

async fn preflight(world: &World, origin: &str) -> Answer {
    let request = Request::options("/api/sub-tasks/mine")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-admin-token");
    world.send(request.body(Body::empty()).unwrap()).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_site_that_is_named_may_ask_and_no_other() {
    let world =
        World::with(|config| config.server.cors_origins = vec![BOARD.parse().unwrap()]).await;
    let allowed = preflight(&world, BOARD).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(header(&allowed, "access-control-allow-origin"), BOARD);
    assert_eq!(header(&allowed, "access-control-allow-methods"), "GET,POST,PUT,DELETE");
    assert_eq!(header(&allowed, "access-control-max-age"), "600");
    assert_eq!(header(&allowed, "access-control-allow-credentials"), "", "there are no cookies");
    for name in ["authorization", "content-type", "x-admin-token", "idempotency-key"] {
        let names = header(&allowed, "access-control-allow-headers");
        assert!(names.split(',').any(|one| one == name), "{name}: {names}");
    }
    for origin in ["https://evil.example.com", "http://board.example.com", "null"] {
        let refused = preflight(&world, origin).await;
        assert_eq!(header(&refused, "access-control-allow-origin"), "", "{origin}");
    }
    // What the page then asks, errors too, it may read.
    let admin = world.admin().await;
    let from = |origin| {
        [("x-admin-token", admin.as_str()), ("origin", origin), ("sec-fetch-site", "cross-site")]
    };
    let written = world
        .ask(
            "POST",
            "/api/admin/agents",
            &from(BOARD),
            &json!({ "name": "AI-Wu", "role": "executor" }),
        )
        .await;
    written.ok();
    assert_eq!(header(&written, "access-control-allow-origin"), BOARD);
    assert!(header(&written, "access-control-expose-headers").contains("retry-after"));
    let again = json!({ "name": "AI-Li", "role": "executor" });
    let foreign =
        world.ask("POST", "/api/admin/agents", &from("https://evil.example.com"), &again).await;
    foreign.refused(403, "cross_site");
    assert_eq!(header(&foreign, "access-control-allow-origin"), "");
    let missing = world.ask("GET", "/api/nothing", &from(BOARD), &json!(null)).await;
    missing.refused(404, "no_route");
    assert_eq!(header(&missing, "access-control-allow-origin"), BOARD);
}

#[tokio::test]
async fn without_one_nothing_is_said_to_browsers() {
    let world = World::new().await;
    let answer = preflight(&world, BOARD).await;
    assert_eq!(answer.status, 405);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}
