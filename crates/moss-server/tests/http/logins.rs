//! Who guesses is kept slow and nobody else is: passwords, registration tokens, set-up tokens.
//! Pages of other sites cannot guess at all, and a session ends.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use moss_server::config::Config;
use moss_server::security::password;
use moss_server::security::throttle::{FREE_GUESSES, MAX_WAIT};
use serde_json::{Value, json};

use crate::harness::Answer;
use crate::harness::TOKEN;
use crate::harness::World;

const PASSWORD: &str = "correct horse";
const ELSEWHERE: &str = "10.0.0.9";
const HERE: &str = "10.0.0.1";

async fn world() -> World {
    World::with(|config| config.admin.password = password::hash(PASSWORD).unwrap()).await
}

fn login(password: &str) -> (Builder, Value) {
    let request = Request::post("/api/admin/login").header("content-type", "application/json");
    (request, json!({ "password": password }))
}

async fn ask(world: &World, address: &str, (request, body): (Builder, Value)) -> Answer {
    world.send(World::from(address, request.body(Body::from(body.to_string())).unwrap())).await
}

/// Guesses until it has to wait; answers how often it was let.
async fn exhaust(world: &World, address: &str) -> u32 {
    let mut guesses = 0;
    loop {
        let answer = ask(world, address, login("wrong horse")).await;
        if answer.status == 429 {
            answer.refused(429, "throttled");
            return guesses;
        }
        answer.refused(403, "wrong_password");
        guesses += 1;
    }
}

#[tokio::test]
async fn whoever_guesses_waits_and_the_owner_gets_in_from_elsewhere() {
    let world = world().await;
    assert_eq!(exhaust(&world, ELSEWHERE).await, FREE_GUESSES);
    let refused = ask(&world, ELSEWHERE, login(PASSWORD)).await;
    assert_eq!(refused.headers["retry-after"], "1");
    refused.refused(429, "throttled");
    ask(&world, HERE, login(PASSWORD)).await.ok();
    // One guess a second, then every two, and so on to one a minute.
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        world.clock.advance(Duration::from_secs(wait) - Duration::from_micros(1));
        ask(&world, ELSEWHERE, login("wrong horse")).await.refused(429, "throttled");
        world.clock.advance(Duration::from_micros(1));
        ask(&world, ELSEWHERE, login("wrong horse")).await.refused(403, "wrong_password");
    }
    // No lock-out: the right password is taken when it is asked for again.
    world.clock.advance(MAX_WAIT);
    ask(&world, ELSEWHERE, login(PASSWORD)).await.ok();
}

/// The browser's mark from a login, as it sends it back.
fn mark(login: &Answer) -> String {
    let cookie = login.headers["set-cookie"].to_str().unwrap();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/api/admin/login", "; Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_that_was_let_in_before_does_not_wait_for_others_at_its_address() {
    let world = world().await;
    let first = ask(&world, HERE, login(PASSWORD)).await;
    let mark = mark(&first);
    let session = first.ok()["token"].as_str().unwrap().to_owned();
    assert!(!session.is_empty() && !mark.contains(&session));
    exhaust(&world, HERE).await;
    let with = |mark: &str, password: &str| {
        let (request, body) = login(password);
        (request.header("cookie", format!("a=b; {mark}; c=d")), body)
    };
    ask(&world, HERE, login(PASSWORD)).await.refused(429, "throttled");
    ask(&world, HERE, with(&mark, PASSWORD)).await.ok();
    // It opens nothing, and has a count of its own.
    for _ in 0..FREE_GUESSES {
        ask(&world, HERE, with(&mark, "wrong horse")).await.refused(403, "wrong_password");
    }
    ask(&world, HERE, with(&mark, PASSWORD)).await.refused(429, "throttled");
    // What was not given out is nobody's mark.
    let forged = format!("moss_device={}", "0".repeat(96));
    ask(&world, HERE, with(&forged, PASSWORD)).await.refused(429, "throttled");
}

#[tokio::test]
async fn guesses_at_once_and_cut_off_ones_are_counted() {
    let world = world().await;
    let guess = || ask(&world, ELSEWHERE, login("wrong horse"));
    let all = futures_util::future::join_all((0..40).map(|_| guess())).await;
    let judged = all.iter().filter(|answer| answer.status == 403).count();
    // The line is shorter than what an address may try at once.
    assert!((1..=FREE_GUESSES as usize).contains(&judged), "{judged}");
    let mut cut_off = 0;
    while ask(&world, HERE, login("wrong horse")).await.status != 429 {
        let started = guess_from(&world, HERE);
        assert!(tokio::time::timeout(Duration::from_millis(2), started).await.is_err());
        cut_off += 1;
        assert!(cut_off <= FREE_GUESSES, "they are not counted");
    }
    assert!(cut_off < FREE_GUESSES, "{cut_off}");
}

async fn guess_from(world: &World, address: &str) {
    ask(world, address, login("wrong horse")).await;
    // Answered after all: nothing was cut off.
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_count() {
    let change = |trusted: &'static str| {
        move |config: &mut Config| {
            config.admin.password = password::hash(PASSWORD).unwrap();
            config.server.trusted_proxies.push(trusted.parse().unwrap());
        }
    };
    let by = |client: &str, password: &str| {
        let (request, body) = login(password);
        (request.header("x-forwarded-for", client), body)
    };
    let world = World::with(change("127.0.0.0/8")).await;
    for _ in 0..FREE_GUESSES {
        ask(&world, "127.0.0.1", by("1.2.3.4", "wrong")).await.refused(403, "wrong_password");
    }
    ask(&world, "127.0.0.1", by("1.2.3.4", PASSWORD)).await.refused(429, "throttled");
    ask(&world, "127.0.0.1", by("5.6.7.8", PASSWORD)).await.ok();
    // Nobody else may say where they come from.
    for n in 0..FREE_GUESSES {
        let made_up = format!("9.9.9.{n}");
        ask(&world, ELSEWHERE, by(&made_up, "wrong")).await.refused(403, "wrong_password");
    }
    ask(&world, ELSEWHERE, by("9.9.9.99", PASSWORD)).await.refused(429, "throttled");
}

#[tokio::test]
async fn pages_of_other_sites_and_forms_are_refused() {
    let world = world().await;
    let login = |headers: &[(&str, &str)]| {
        let mut request = Request::post("/api/admin/login").header("host", "127.0.0.1:6565");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        (request, json!({ "password": PASSWORD }))
    };
    let json_type = ("content-type", "application/json");
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example.com")] {
        ask(&world, HERE, login(&[json_type, header])).await.refused(403, "cross_site");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/xjson",
        "application/xjson",
        "json",
    ] {
        let refused = ask(&world, HERE, login(&[("content-type", kind)])).await;
        assert_eq!(refused.json()["detail"][0]["type"], "model_attributes_type");
        refused.refused(422, "invalid");
    }
    ask(&world, HERE, login(&[])).await.refused(422, "invalid");
    let own = ("origin", "http://127.0.0.1:6565");
    let session = ask(&world, HERE, login(&[json_type, own])).await.ok();
    // With a session another site may still not write, and reading is no matter of its.
    let token = session["token"].as_str().unwrap();
    let write = |headers: &[(&str, &str)]| {
        let (mut request, body) = (Request::post("/api/agents"), json!({}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        (request.header("x-admin-token", token), body)
    };
    let evil = ("origin", "https://evil.example.com");
    ask(&world, HERE, write(&[evil])).await.refused(403, "cross_site");
    ask(&world, HERE, write(&[])).await.refused(422, "invalid");
    for path in ["/api/agents/register", "/api/setup/initialize"] {
        let post = Request::post(path).header("x-registration-token", TOKEN);
        let post = post.header("x-setup-token", "x");
        let from_there = post.header("origin", "null").header("content-type", "application/json");
        ask(&world, HERE, (from_there, json!({}))).await.refused(403, "cross_site");
        let post = Request::post(path).header("x-registration-token", TOKEN);
        ask(&world, HERE, (post, json!({}))).await.refused(422, "invalid");
    }
}

fn register(token: &str, name: &str) -> (Builder, Value) {
    let request = Request::post("/api/agents/register")
        .header("x-registration-token", token)
        .header("content-type", "application/json");
    (request, json!({ "role": "executor", "name": name }))
}

#[tokio::test]
async fn registration_tokens_are_guessed_slowly_and_invites_get_in() {
    let world = world().await;
    let mut judged = 0;
    for _ in 0..100 {
        let answer = ask(&world, ELSEWHERE, register("guess", "A")).await;
        judged += u32::from(answer.status == 403);
    }
    assert_eq!(judged, FREE_GUESSES);
    // The right one too has to wait there, and nowhere else.
    ask(&world, ELSEWHERE, register(TOKEN, "A")).await.refused(429, "throttled");
    for n in 0..20 {
        ask(&world, HERE, register(TOKEN, &format!("B{n}"))).await.ok();
    }
    // Nobody guesses an invite.
    let admin = world.admin().await;
    let admin = [("x-admin-token", admin.as_str())];
    let body = json!({ "role": "executor" });
    let invite = world.ask("POST", "/api/admin/invites", &admin, &body).await.json();
    let invite = invite["token"].as_str().unwrap();
    ask(&world, ELSEWHERE, register(invite, "C")).await.ok();
    let unknown = format!("inv_{}", "0".repeat(64));
    ask(&world, ELSEWHERE, register(&unknown, "D")).await.refused(429, "throttled");
    ask(&world, HERE, register(&unknown, "D")).await.refused(403, "bad_registration_token");
}

#[tokio::test]
async fn set_up_tokens_are_guessed_slowly_and_the_right_one_gets_in() {
    let world = World::new().await;
    world.app.open_setup("the-token");
    let set_up = |token: &str| {
        let request = Request::post("/api/setup/initialize")
            .header("x-setup-token", token)
            .header("content-type", "application/json");
        let body = json!({
            "admin_password": PASSWORD, "project_name": "News",
            "workspace_root": world.file("ws"),
        });
        (request, body)
    };
    let mut judged = 0;
    for _ in 0..50 {
        let answer = ask(&world, ELSEWHERE, set_up("guess")).await;
        judged += u32::from(answer.status == 403);
    }
    assert_eq!(judged, FREE_GUESSES);
    ask(&world, ELSEWHERE, set_up("the-token")).await.ok();
    ask(&world, ELSEWHERE, login(PASSWORD)).await.ok();
}

#[tokio::test]
async fn an_old_password_is_not_guessed_through_a_session() {
    let world = world().await;
    let admin = world.admin().await;
    let change = async |old: &str| {
        let body = json!({ "old_password": old, "new_password": "battery staple" });
        let headers = [("x-admin-token", admin.as_str())];
        world.ask("PUT", "/api/admin/config/password", &headers, &body).await
    };
    for _ in 0..FREE_GUESSES {
        change("wrong horse").await.refused(403, "wrong_password");
    }
    change(PASSWORD).await.refused(429, "throttled");
    world.clock.advance(MAX_WAIT);
    let mark = mark(&ask(&world, HERE, login(PASSWORD)).await);
    change(PASSWORD).await.ok();
    change(PASSWORD).await.refused(403, "bad_admin_session");
    ask(&world, HERE, login("battery staple")).await.ok();
    // The marks of the old password are void.
    exhaust(&world, HERE).await;
    let (request, body) = login("battery staple");
    ask(&world, HERE, (request.header("cookie", mark), body)).await.refused(429, "throttled");
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_busy_it_is() {
    let world = World::new().await;
    let admin = world.admin().await;
    let admin = [("x-admin-token", admin.as_str())];
    let use_it = || world.ask("GET", "/api/admin/config", &admin, &Value::Null);
    for _ in 0..30 * 3 - 1 {
        world.advance(8 * 60);
        use_it().await.ok();
    }
    world.clock.advance(Duration::from_secs(8 * 60 * 60) - Duration::from_micros(1));
    use_it().await.ok();
    world.clock.advance(Duration::from_micros(1));
    use_it().await.refused(403, "bad_admin_session");
    world.clock.advance(Duration::from_micros(1));
    world.purge().await;
    let db = world.app.store.read();
    use sea_orm::{EntityTrait, PaginatorTrait};
    let left = moss_server::store::entity::admin_session::Entity::find().count(db).await.unwrap();
    assert_eq!(left, 0);
}
