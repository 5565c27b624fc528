//! Set-up, when each of two servers has printed a link of its own.

use serde_json::json;

use crate::harness::{Answer, World};
use crate::two_servers::{is_skipped, login, two};

async fn set_up(world: &World, link: &str) -> Answer {
    let headers = [("x-setup-token", link)];
    let body = json!({
        "admin_password": format!("password of {link}"), "project_name": link,
        "workspace_root": "/proc/ws", "registration_token": format!("token of {link}"),
    });
    world.ask("POST", "/api/setup/initialize", &headers, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_links_used_at_once_one_sets_up() {
    if is_skipped() {
        return;
    }
    for _ in 0..5 {
        let (a, b) = two(|_| {}).await;
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
            world.clock.advance(crate::two_servers::KNOWN);
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
#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_before_leads_nowhere_later() {
    if is_skipped() {
        return;
    }
    let (a, b) = two(|_| {}).await;
    a.app.open_setup("a");
    b.app.open_setup("b");
    set_up(&a, "a").await.ok();
    b.clock.advance(crate::two_servers::KNOWN);
    let page = b.ask("GET", "/setup", &[], &json!(null)).await;
    assert!(page.text.contains("It is set up."), "{}", page.text);
    assert!(!b.app.is_setup_open());
}
