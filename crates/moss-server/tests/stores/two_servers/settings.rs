//! What an admin changes on one server.

use moss_server::security::password;
use serde_json::{Value, json};
use test_support::database::{Cluster, Kind};
use test_support::http::Request;

use crate::harness::{TOKEN, World};
use crate::two_servers::process::Process;
use crate::two_servers::{KNOWN, advance, login, two};

on_each_server![
    a_change_counts_on_the_other_within_a_second_and_after_a_restart,
    a_changed_password_counts_on_the_other_and_ends_its_sessions,
    two_files_that_differ_do_not_undo_each_other
];

async fn shown(world: &World, session: &str) -> Value {
    let headers = [("x-admin-token", session)];
    world.ask("GET", "/api/admin/config", &headers, &Value::Null).await.ok()
}

async fn registers(world: &World, token: &str, name: &str) -> u16 {
    let headers = [("x-registration-token", token)];
    let body = json!({ "role": "executor", "name": name });
    world.ask("POST", "/api/agents/register", &headers, &body).await.status.as_u16()
}

#[tokio::main]
async fn a_change_counts_on_the_other_within_a_second_and_after_a_restart(kind: Kind) {
    let (a, b) = two(kind, |_| {}).await;
    let session = a.admin().await;
    let planner = b.agent("planner", "Plan").await;
    let change = json!({
        "project": { "name": "Shop" }, "workspace": { "root": "/srv/shop" },
        "agent": { "registration_token": "another-token" },
        "notification": { "enabled": true, "channels": ["chat:1"] },
        "server": { "external_url": "https://moss.example.com" },
        "webui": { "public_feed": true, "feed_retention_days": 3 },
    });
    let headers = [("x-admin-token", session.as_str())];
    a.ask("PUT", "/api/admin/config", &headers, &change).await.ok();
    assert_eq!(registers(&a, TOKEN, "late").await, 403, "at once where it was changed");
    advance([&a, &b], KNOWN);
    assert_eq!(registers(&b, TOKEN, "late").await, 403);
    assert_eq!(registers(&b, "another-token", "AI-Wu").await, 200);
    let me = b.get(&planner, "/api/agents/me").await.ok();
    assert_eq!(me["project"], "Shop", "{me}");
    assert_eq!(b.app.url(), "https://moss.example.com");
    let mut of_b = shown(&b, &session).await;
    assert_eq!(of_b["notification"]["channels"], json!(["chat:1"]));
    assert_eq!(of_b, shown(&a, &session).await);

    // What the other changes beside it stays.
    let change = json!({ "project": { "name": "Store" } });
    b.ask("PUT", "/api/admin/config", &headers, &change).await.ok();
    advance([&a, &b], KNOWN);
    of_b["project"]["name"] = "Store".into();
    assert_eq!(shown(&a, &session).await, of_b);
    let again = World::on(a.database.clone()).await;
    assert_eq!(shown(&again, &session).await, of_b);
}

#[tokio::main]
async fn a_changed_password_counts_on_the_other_and_ends_its_sessions(kind: Kind) {
    let hash = password::hash("first horse").unwrap();
    let (a, b) = two(kind, |config| config.admin.password.clone_from(&hash)).await;
    let session = login(&b, "first horse").await.ok()["token"].as_str().unwrap().to_owned();
    shown(&b, &session).await;
    let mine = login(&a, "first horse").await.ok()["token"].as_str().unwrap().to_owned();
    let body = json!({ "old_password": "first horse", "new_password": "second horse" });
    let headers = [("x-admin-token", mine.as_str())];
    a.ask("PUT", "/api/admin/config/password", &headers, &body).await.ok();
    // At once, since a session is asked of the database.
    let headers = [("x-admin-token", session.as_str())];
    let over = b.ask("GET", "/api/admin/config", &headers, &Value::Null).await;
    over.refused(403, "bad_admin_session");
    // It may know the old password still, and no session begins under it all the same.
    assert!(!login(&b, "first horse").await.status.is_success());
    let left = b.app.store.read();
    use sea_orm::{EntityTrait, PaginatorTrait};
    assert_eq!(moss_server::store::entity::admin_session::Entity::find().count(left).await, Ok(0));
    advance([&a, &b], KNOWN);
    login(&b, "first horse").await.refused(403, "wrong_password");
    login(&b, "second horse").await.ok();
}

/// The real servers, each with a file of its own: the newest change counts, and a start without one
/// undoes nothing.
#[tokio::main]
async fn two_files_that_differ_do_not_undo_each_other(kind: Kind) {
    let cluster = Cluster::shared(kind);
    let url = cluster.url("moss", &cluster.database());
    let name = |server: &Process| {
        let health = server.answer(&Request::new("GET", "/api/health")).json();
        health["service"].as_str().unwrap().to_owned()
    };
    let mut a = Process::start(&url, "project: {name: of-a}\n");
    assert_eq!(name(&a), "of-a");
    let mut b = Process::start(&url, "project: {name: of-b}\n");
    assert_eq!(name(&b), "of-b");
    let told = "what it or the environment says of project.name does not count, since it was set \
                later, through the API or by another server's file; another value there will, at the \
                next start\n";
    for _ in 0..2 {
        a.again();
        assert_eq!(name(&a), "of-b");
        assert!(a.said().contains(&format!("warning: config.yaml: {told}")), "{}", a.said());
        let checked = a.command("check-config");
        assert!(checked.contains(&format!("- {told}")), "{checked}");
        b.again();
        assert_eq!(name(&b), "of-b");
        assert!(!b.said().contains("does not count"), "{}", b.said());
    }
    // A third that says nothing of it goes by what there is.
    assert_eq!(name(&Process::start(&url, "")), "of-b");
}
