//! Set-up, when each of two servers has printed a link of its own.

use serde_json::json;
use test_support::database::{Cluster, Kind};
use test_support::http::Request;

use crate::harness::{Answer, World};
use crate::two_servers::process::Process;
use crate::two_servers::{KNOWN, login, two};

on_each_server![
    of_two_links_used_at_once_one_sets_up,
    a_link_of_before_leads_nowhere_later,
    each_server_prints_a_link_and_one_of_them_is_used
];

async fn set_up(world: &World, link: &str) -> Answer {
    let headers = [("x-setup-token", link)];
    let body = json!({
        "admin_password": format!("password of {link}"), "project_name": link,
        "workspace_root": "/proc/ws", "registration_token": format!("token of {link}"),
    });
    world.ask("POST", "/api/setup/initialize", &headers, &body).await
}

#[tokio::main]
async fn of_two_links_used_at_once_one_sets_up(kind: Kind) {
    for _ in 0..5 {
        let (a, b) = two(kind, |_| {}).await;
        a.app.open_setup("a");
        b.app.open_setup("b");
        let (of_a, of_b) = tokio::join!(set_up(&a, "a"), set_up(&b, "b"));
        let (won, lost, name) =
            if of_a.status == 200 { (&of_a, &of_b, "a") } else { (&of_b, &of_a, "b") };
        won.ok();
        lost.refused(403, "already_initialized");
        // Neither link leads anywhere now, and what the loser asked for is nowhere.
        set_up(&a, "a").await.refused(403, "already_initialized");
        set_up(&b, "b").await.refused(403, "already_initialized");
        for world in [&a, &b] {
            world.clock.advance(KNOWN);
            let session = login(world, &format!("password of {name}")).await.ok();
            let headers = [("x-admin-token", session["token"].as_str().unwrap())];
            let shown = world.ask("GET", "/api/admin/config", &headers, &json!(null)).await.ok();
            assert_eq!(shown["project"]["name"], name);
            assert_eq!(shown["agent"]["registration_token"], format!("token of {name}"));
        }
    }
}

/// Also when the password is taken away again, by somebody who changes a file: that opens the set-up
/// of the server that then prints a link.
#[tokio::main]
async fn a_link_of_before_leads_nowhere_later(kind: Kind) {
    let (a, b) = two(kind, |_| {}).await;
    a.app.open_setup("a");
    b.app.open_setup("b");
    set_up(&a, "a").await.ok();
    b.clock.advance(KNOWN);
    let page = b.ask("GET", "/setup", &[], &json!(null)).await;
    assert!(page.text.contains("It is set up."), "{}", page.text);
    assert!(!b.app.is_setup_open());
}

/// The real servers, started at once on a database that is empty.
#[tokio::main]
async fn each_server_prints_a_link_and_one_of_them_is_used(kind: Kind) {
    let cluster = Cluster::shared(kind);
    let url = cluster.url("moss", &cluster.database());
    let start = || {
        let url = url.clone();
        tokio::task::spawn_blocking(move || Process::start(&url, ""))
    };
    let (a, b) = tokio::join!(start(), start());
    let (a, b) = (a.unwrap(), b.unwrap());
    let body = json!({
        "admin_password": "correct horse", "project_name": "Shop", "workspace_root": "/proc/ws",
    });
    let set_up = |server: &Process| {
        let request = Request::new("POST", "/api/setup/initialize");
        let token = server.setup_token();
        server.answer(&request.header("x-setup-token", &token).json(&body))
    };
    assert_eq!(set_up(&b).status, 200);
    for server in [&a, &b] {
        let answer = set_up(server);
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(answer.text().contains("already_initialized"), "{}", answer.text());
    }
    tokio::time::sleep(KNOWN).await;
    let login = Request::new("POST", "/api/admin/login");
    let answer = a.answer(&login.json(&json!({ "password": "correct horse" })));
    assert_eq!(answer.status, 200, "{}", answer.text());
    for server in [&a, &b] {
        let page = server.answer(&Request::new("GET", "/setup"));
        assert!(page.text().contains("It is set up."));
    }
}
