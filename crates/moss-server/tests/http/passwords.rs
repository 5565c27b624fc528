//! The admin password and the registration token: the original's hashes are taken and replaced at a
//! login, and what everybody knows lets nobody in.

use std::fs;
use std::time::Duration;

use futures_util::FutureExt as _;
use moss_server::config::Config;
use serde_json::{Value, json};

use crate::harness::{Answer, World};

/// A server whose `config.yaml` has this admin password.
async fn with_password(stored: &str) -> (World, String) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("# mine\nadmin: {{password: '{stored}'}} # kept\nextra: 1\n");
    fs::write(folder.path().join("config.yaml"), &text).unwrap();
    let world = World::in_folder(folder, Some("config.yaml"), |config| {
        config.admin.password = stored.to_owned();
    });
    (world.await, text)
}

async fn login(world: &World, password: &str) -> Answer {
    world.ask("POST", "/api/admin/login", &[], &json!({ "password": password })).await
}

/// The file keeps it, and says nothing new by that.
#[tokio::test]
async fn the_originals_hash_is_replaced_by_a_login_and_by_nothing_else() {
    for prefix in ["bcrypt:", ""] {
        let old = format!("{prefix}{}", bcrypt::hash("correct horse", 4).unwrap());
        let (world, text) = with_password(&old).await;
        let counts = || world.app.config().admin.password;
        login(&world, "correct horsf").await.refused(403, "wrong_password");
        login(&world, &old).await.refused(403, "wrong_password");
        assert_eq!(counts(), old);
        let session =
            login(&world, "correct horse").await.ok()["token"].as_str().unwrap().to_owned();
        let new = counts();
        assert!(new.starts_with("$argon2id$"), "{new}");
        login(&world, "correct horse").await.ok();
        login(&world, "correct horsf").await.refused(403, "wrong_password");
        assert_eq!(counts(), new, "once is enough");
        assert_eq!(fs::read_to_string(world.file("config.yaml")).unwrap(), text);
        // The next start.
        let mut config = Config::default();
        config.admin.password = old;
        world.starts_with(&config).await;
        assert_eq!(counts(), new);
        let admin = [("x-admin-token", session.as_str())];
        world.ask("GET", "/api/admin/config", &admin, &Value::Null).await.ok();
    }
}

#[tokio::test]
async fn what_everybody_knows_cannot_be_set() {
    let (world, text) = with_password("").await;
    world.app.open_setup("link");
    let setup = |password: &str, token: &str| {
        json!({
            "admin_password": password, "project_name": "News", "workspace_root": "ws",
            "registration_token": token,
        })
    };
    let link = [("x-setup-token", "link")];
    let blank = setup("        ", "my-own-token");
    let asked = world.ask("POST", "/api/setup/initialize", &link, &blank).await;
    asked.refused(400, "bad_value");
    assert_eq!(asked.json()["detail"], "the new password: must not be blank");
    for body in [setup("admin123", "my-own-token"), setup("mine-123", "openclaw-register-2024")] {
        let asked = world.ask("POST", "/api/setup/initialize", &link, &body).await;
        asked.refused(400, "bad_value");
        assert!(asked.text.contains("everybody knows"), "{}", asked.text);
    }
    let mut body = setup("mine-123", "my-own-token");
    let root = world.file("agents/news");
    body["workspace_root"] = json!(root);
    let done = world.ask("POST", "/api/setup/initialize", &link, &body).await.ok();
    assert!(done["workspace"].as_str().unwrap().contains(" was made and belongs to "), "{done}");
    assert!(root.is_dir(), "the folder every agent works in");

    let admin = login(&world, "mine-123").await.ok()["token"].as_str().unwrap().to_owned();
    let admin = [("x-admin-token", admin.as_str())];
    let config = json!({ "agent": { "registration_token": "openclaw-register-2024" } });
    let asked = world.ask("PUT", "/api/admin/config", &admin, &config).await;
    asked.refused(400, "bad_value");
    let password = json!({ "old_password": "mine-123", "new_password": "admin123" });
    let asked = world.ask("PUT", "/api/admin/config/password", &admin, &password).await;
    asked.refused(400, "bad_value");
    login(&world, "mine-123").await.ok();
    let seen = world.ask("GET", "/api/admin/config", &admin, &Value::Null).await.ok();
    assert_eq!(seen["agent"]["registration_token"], "my-own-token");
    assert_eq!(fs::read_to_string(world.file("config.yaml")).unwrap(), text);
}

/// Waits until this is so.
async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never was so");
}

#[tokio::test]
async fn a_set_up_that_is_hung_up_on_is_done_or_gives_the_link_back() {
    for takes_writes in [true, false] {
        let (world, _) = with_password("").await;
        world.app.open_setup("link");
        if !takes_writes {
            world.app.writer.stop().await;
        }
        let link = [("x-setup-token", "link")];
        let body = json!({
            "admin_password": "mine-123", "project_name": "Y", "workspace_root": world.file("ws"),
        });
        let mut asked = Box::pin(world.ask("POST", "/api/setup/initialize", &link, &body));
        while world.app.is_setup_open() {
            assert!((&mut asked).now_or_never().is_none(), "it was answered");
            tokio::task::yield_now().await;
        }
        drop(asked);
        if takes_writes {
            until(|| world.app.config().has_password()).await;
            login(&world, "mine-123").await.ok();
            assert_eq!(world.app.config().project.name, "Y");
        } else {
            until(|| world.app.is_setup_open()).await;
            assert!(!world.app.config().has_password());
        }
    }
}

#[tokio::test]
async fn what_set_up_refuses_cannot_be_set_later_either() {
    let (world, _) = with_password("").await;
    world.app.open_setup("link");
    let link = [("x-setup-token", "link")];
    let setup = |name: &str, root: &str, token: &str| {
        json!({
            "admin_password": "mine-123", "project_name": name, "workspace_root": root,
            "registration_token": token,
        })
    };
    for (body, field) in [
        (setup("News", "work", "my-own-token"), "workspace_root"),
        (setup("News", "/w\u{202e}", "my-own-token"), "workspace_root"),
        (setup("News", "/w", "x\u{200b}"), "registration_token"),
        (setup("News", "/w", "seven77"), "registration_token"),
    ] {
        let asked = world.ask("POST", "/api/setup/initialize", &link, &body).await;
        asked.refused(422, "invalid");
        assert_eq!(asked.json()["detail"][0]["loc"], json!(["body", field]), "{}", asked.text);
    }
    let body = setup("News", "/w", "my-own-token");
    world.ask("POST", "/api/setup/initialize", &link, &body).await.ok();
    let session = login(&world, "mine-123").await.ok()["token"].as_str().unwrap().to_owned();
    let admin = [("x-admin-token", session.as_str())];
    let before = world.app.config();
    for (section, key, value) in [
        ("agent", "registration_token", json!("x\u{0}\n")),
        ("agent", "registration_token", json!("x\u{200b}")),
        ("agent", "registration_token", json!("seven77")),
        ("project", "name", json!("")),
        ("project", "name", json!("x".repeat(5_000))),
        ("project", "evil", json!("x")),
        ("webui", "evil", json!(true)),
        ("notification", "channels", json!(["chat:1", "chat:\u{202e}2"])),
        ("notification", "events", json!(vec!["x"; 51])),
        ("workspace", "root", json!("/w\u{202e}")),
        ("workspace", "root", json!("work")),
    ] {
        let body = json!({ section: { key: value } });
        let asked = world.ask("PUT", "/api/admin/config", &admin, &body).await;
        asked.refused(422, "invalid");
        let problem = &asked.json()["detail"][0];
        assert_eq!(problem["loc"], json!(["body", section, key]), "{}", asked.text);
        assert!(problem["msg"].as_str().unwrap().starts_with(section));
    }
    assert_eq!(world.app.config(), before);
    // What was shown can be sent back.
    let shown = world.ask("GET", "/api/admin/config", &admin, &Value::Null).await.ok();
    let webui = json!({ "webui": shown["webui"], "project": shown["project"] });
    world.ask("PUT", "/api/admin/config", &admin, &webui).await.ok();
    let gone = [("x-admin-token", "gone")];
    let over = world.ask("GET", "/api/admin/config", &gone, &Value::Null).await;
    over.refused(403, "bad_admin_session");
    let hint = "log in again: moss login --admin --server http://127.0.0.1:6565";
    assert_eq!(over.json()["hint"], hint);
}

#[tokio::test]
async fn a_new_set_up_ends_the_sessions_of_the_one_before() {
    let (world, _) = with_password("").await;
    let before = world.admin().await;
    world.app.open_setup("link");
    let body = json!({
        "admin_password": "mine-123", "project_name": "News", "workspace_root": world.file("ws"),
    });
    let ask = async |session: &str| {
        let headers = [("x-admin-token", session)];
        world.ask("GET", "/api/admin/config", &headers, &Value::Null).await
    };
    ask(&before).await.ok();
    let link = [("x-setup-token", "link")];
    world.ask("POST", "/api/setup/initialize", &link, &body).await.ok();
    ask(&before).await.refused(403, "bad_admin_session");
    let session = login(&world, "mine-123").await.ok()["token"].as_str().unwrap().to_owned();
    ask(&session).await.ok();
}
