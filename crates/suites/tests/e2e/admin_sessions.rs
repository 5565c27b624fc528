//! An admin session lasts as long as the password it began under, and a restart is no change of it:
//! the real server, with the password in the file and in the environment.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use test_support::http::{Reply, Request};
use test_support::server::{Config, Launch, Process};

test_support::tests![
    a_password_changed_in_the_file_ends_every_session,
    whoever_forgot_the_password_writes_one_into_the_file,
    a_password_from_the_environment_keeps_its_sessions_and_devices,
];

fn login(server: &Process, password: &str, cookie: &str) -> Reply {
    let request = Request::new("POST", "/api/admin/login").header("cookie", cookie);
    request.json(&json!({ "password": password })).send(server.url())
}

/// A session, and the cookie of the device that began it.
fn session(server: &Process, password: &str) -> (String, String) {
    let reply = login(server, password, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    (reply.json()["token"].as_str().unwrap().to_owned(), cookie)
}

/// What is answered to whoever uses it.
fn used(server: &Process, session: &str) -> u16 {
    let request = Request::new("GET", "/api/admin/config").header("x-admin-token", session);
    request.send(server.url()).status
}

fn a_password_changed_in_the_file_ends_every_session() {
    let folder = TempDir::new().unwrap();
    let start = |password| {
        let config = Config { admin_password: Some(password), ..Config::default() };
        config.write(folder.path());
        Launch::new(folder.path()).start()
    };
    let server = start("first-password");
    let (first, _) = session(&server, "first-password");
    server.terminate().exits(0);
    // In plain text once more, and the same; then as the hash that is in its place now.
    let server = start("first-password");
    assert_eq!(used(&server, &first), 200);
    server.terminate().exits(0);
    assert!(fs::read_to_string(folder.path().join("config.yaml")).unwrap().contains("$argon2id$"));
    let server = Launch::new(folder.path()).start();
    assert_eq!(used(&server, &first), 200);
    server.terminate().exits(0);
    let server = start("another-password");
    assert_eq!(used(&server, &first), 403);
    let (second, _) = session(&server, "another-password");
    assert_eq!(used(&server, &second), 200);
}

/// Also the one that stood there before it was changed through the API; and an empty one is none.
fn whoever_forgot_the_password_writes_one_into_the_file() {
    let folder = TempDir::new().unwrap();
    let start = |password| {
        let config = Config { admin_password: Some(password), ..Config::default() };
        config.write(folder.path());
        Launch::new(folder.path()).start()
    };
    let server = start("first-password");
    let (first, _) = session(&server, "first-password");
    let body = json!({ "old_password": "first-password", "new_password": "forgotten" });
    let change = Request::new("PUT", "/api/admin/config/password").header("x-admin-token", &first);
    assert_eq!(change.json(&body).send(server.url()).status, 200);
    let (second, _) = session(&server, "forgotten");
    server.terminate().exits(0);
    // As the file stands it says nothing new.
    let server = Launch::new(folder.path()).start();
    assert_eq!((used(&server, &first), used(&server, &second)), (403, 200));
    server.terminate().exits(0);
    let server = start("first-password");
    assert_eq!(used(&server, &second), 403);
    session(&server, "first-password");
    server.terminate().exits(0);
    let server = start("");
    assert!(!server.setup_token().is_empty());
    assert_eq!(login(&server, "first-password", "").status, 403);
}

fn a_password_from_the_environment_keeps_its_sessions_and_devices() {
    let folder = TempDir::new().unwrap();
    Config::default().write(folder.path());
    let start = |password| Launch::new(folder.path()).env("MOSS_ADMIN__PASSWORD", password).start();
    let server = start("first-password");
    let (first, cookie) = session(&server, "first-password");
    server.terminate().exits(0);
    let server = start("first-password");
    assert_eq!(used(&server, &first), 200);
    // Somebody at the same address guesses, and the device does not wait for them.
    while login(&server, "wrong", "").status == 403 {}
    assert_eq!(login(&server, "first-password", "").status, 429);
    assert_eq!(login(&server, "first-password", &cookie).status, 200);
    server.terminate().exits(0);
    let server = start("another-password");
    assert_eq!(used(&server, &first), 403);
    while login(&server, "wrong", "").status == 403 {}
    assert_eq!(login(&server, "another-password", &cookie).status, 429);
}
