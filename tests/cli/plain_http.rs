//! A key that crosses a network in clear is warned about, once for each server.

use std::fs;

use serde_json::json;

use test_support::builder::{KEY, ME, Test};
use test_support::responder::Responder;
use test_support::sample::{me, moss_health, packet};

fn server() -> Responder {
    let created =
        json!({"id": ME, "name": "AI-Wu", "role": "executor", "api_key": KEY, "message": ""});
    Responder::moss()
        .on("POST /api/agents/register", created)
        .on("POST /api/admin/login", json!({"token": "5e55101"}))
        .on("GET /api/wake", packet(serde_json::json!({})))
        .on("GET /api/agents/me", me())
        .on("GET /api/health", moss_health())
}

/// The server at an address that is no loopback one, and leads here all the same.
fn elsewhere(server: &Responder) -> String {
    server.url.replace("127.0.0.1", "0.0.0.0")
}

fn warning(url: &str) -> String {
    format!(
        "warning: keys and work go to {url}/ in clear, for everyone on the way to read; \
         put the server behind https, then: moss login --server https://0.0.0.0\n"
    )
}

#[test]
fn the_first_command_says_it_and_no_other() {
    let server = server();
    let url = elsewhere(&server);
    let login = ["login", "--server", &url];
    let ran = Test::nowhere(&login).stdin(KEY).any_stdout().stderr(&warning(&url)).run();
    let ran = ran.then(&["wake"]).any_stdout().run();
    let ran = ran.then(&login).stdin(KEY).any_stdout().run();
    // Always, there.
    let ran = ran.then(&["doctor"]).any_stdout().run();
    assert!(ran.stdout.contains("warn\ttls\tnone: keys and work cross"), "{}", ran.stdout);
    // Forgotten with the folder.
    fs::remove_file(ran.file(".moss/plain-http")).unwrap();
    let ran = ran.then(&["wake", "--gate"]).any_stdout().run();
    ran.then(&["wake"]).any_stdout().stderr(&warning(&url)).run();
}

#[test]
fn registering_says_it_and_so_does_the_admins_login() {
    let server = server();
    let url = elsewhere(&server);
    let register = ["register", "--server", &url, "--role", "executor", "--name", "AI-Wu"];
    let test = Test::nowhere(&register).env("MOSS_REGISTRATION_TOKEN", "t");
    let ran = test.any_stdout().stderr(&warning(&url)).run();
    let ran = ran.then(&["wake"]).any_stdout().run();
    let admin = ["login", "--admin", "--server", &url];
    ran.then(&admin).stdin("secret\n").any_stdout().stderr(&warning(&url)).run();
}

#[test]
fn without_a_profile_the_user_is_told_once() {
    let (one, two) = (server(), server());
    let by_variables =
        |test: Test, url: &str| test.env("MOSS_SERVER", url).env("MOSS_API_KEY", KEY).any_stdout();
    let (here, there) = (elsewhere(&one), elsewhere(&two));
    let ran = by_variables(Test::nowhere(&["wake"]), &here).stderr(&warning(&here)).run();
    let ran = by_variables(ran.then(&["wake"]), &here).run();
    let ran = by_variables(ran.then(&["wake"]), &there).stderr(&warning(&there)).run();
    let ran = by_variables(ran.then(&["wake"]), &here).run();
    by_variables(ran.then(&["wake"]), &there).run();
}

#[test]
fn this_machine_is_no_network() {
    let server = server();
    for host in ["localhost", "127.0.0.1"] {
        let url = server.url.replace("127.0.0.1", host);
        let ran = Test::nowhere(&["login", "--server", &url]).stdin(KEY).any_stdout().run();
        ran.then(&["wake"]).any_stdout().run();
    }
}
