//! The OpenAPI document: whole, valid, the same as the one kept in `docs/`, and about the routes
//! there are.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use moss_server::http::{PeoplesPages, document, router};
use serde_json::Value;

use crate::harness::World;

/// Routes for a person's browser, which the document leaves out.
const UNDESCRIBED: &[&str] = &["/", "/docs", "/docs/", "/docs/{*rest}"];

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

/// Every operation: path, method, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let item = item.as_object().unwrap().clone();
        item.into_iter().map(move |(method, operation)| (path.clone(), method, operation))
    };
    paths.iter().flat_map(of_path).collect()
}

/// Kept so that a reader and a diff see it. `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_document_is_the_one_in_docs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always") {
        std::fs::write(&path, document()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == document(),
        "docs/openapi.json is stale: INSTA_UPDATE=always cargo test -p moss-server --test http openapi"
    );
}

#[test]
fn every_operation_says_what_it_is() {
    let document = parsed();
    let tags = document["tags"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id), "{name}: another operation has this id");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else { panic!("{name}") };
        assert!(tags.iter().any(|known| known["name"] == *tag), "{name}: {tag}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        let variables = path.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(variables, in_path, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = parsed();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(used.contains(&format!("#/components/{kind}/{name}")), "{name} is not used");
        }
    }
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for (path, method, operation) in operations(&document) {
        for way in operation["security"].as_array().into_iter().flatten() {
            for scheme in way.as_object().unwrap().keys() {
                assert!(schemes.contains_key(scheme), "{method} {path}: {scheme}");
            }
        }
    }
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}

#[test]
fn it_is_openapi_3_1() {
    let document = oas3::from_json(document()).unwrap();
    assert!(document.openapi.starts_with("3.1."), "{}", document.openapi);
}

#[tokio::test]
async fn the_document_and_the_router_have_the_same_routes() {
    let world = World::new().await;
    let document = parsed();
    let described: BTreeSet<String> =
        operations(&document).into_iter().map(|(path, ..)| path).collect();
    // Routers do not tell their routes, but they show them to whoever debugs them.
    let shown = format!("{:?}", router(world.app.clone(), PeoplesPages::default()));
    let routed: BTreeSet<String> = shown
        .split('"')
        .filter(|text| text.starts_with('/'))
        .map(str::to_owned)
        .filter(|path| !UNDESCRIBED.contains(&path.as_str()))
        .filter(|path| !path.contains("__private__axum"))
        .collect();
    assert_eq!(described, routed);
    for (path, method, _) in operations(&document) {
        let request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(path.replace(['{', '}'], ""));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        let code = serde_json::from_str::<Value>(&answer.text).map(|body| body["code"].clone());
        let nowhere = code.is_ok_and(|code| code == "no_route" || code == "method_not_allowed");
        assert!(!nowhere, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn anybody_may_read_it_and_the_page_asks_nobody_else() {
    let world = World::new().await;
    let get = async |path: &str| world.ask("GET", path, &[], &Value::Null).await;
    let served = get("/openapi.json").await;
    assert_eq!(served.headers["content-type"], "application/json");
    assert_eq!(served.text, document());
    assert_eq!(get("/docs").await.headers["location"], "/docs/");
    let page = get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'")
    );
    let start = get("/docs/swagger-initializer.js").await.text;
    assert!(start.contains("/openapi.json"), "{start}");
    for text in [&page.text, &start] {
        assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    }
}

/// Whoever is not let in learns nothing of what else is wrong.
#[tokio::test]
async fn the_caller_is_judged_before_the_path() {
    let world = World::new().await;
    let mut judged = 0;
    for (path, method, operation) in operations(&parsed()) {
        let ways = operation["security"].as_array().cloned().unwrap_or_default();
        if !path.contains('{') || ways.is_empty() {
            continue;
        }
        let (before, rest) = path.split_once('{').unwrap();
        let (_, after) = rest.split_once('}').unwrap();
        let by_key = ways.iter().any(|way| way.get("agent_bearer").is_some());
        let (header, status, code) = if by_key {
            ("authorization", 401, "unknown_key")
        } else {
            ("x-admin-token", 403, "bad_admin_session")
        };
        for (header, value, status, code) in
            [(header, "Bearer nobody", status, code), ("x-nothing", "", 422, "missing_credentials")]
        {
            let method = method.to_ascii_uppercase();
            let answer = world
                .ask(&method, &format!("{before}%ff{after}"), &[(header, value)], &Value::Null)
                .await;
            let seen = (answer.status.as_u16(), answer.json()["code"].clone());
            assert_eq!(seen, (status, Value::from(code)), "{method} {path}");
        }
        judged += 1;
    }
    assert!(judged > 20, "{judged} routes have an id in the path");
}
