//! Changing the configuration through the API: what is not known or cannot be changed is told, what
//! was shown can be sent back.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Answer, World};

struct Admin {
    world: World,
    session: String,
}

impl Admin {
    /// Of a server whose file says this.
    async fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.yaml"), text).unwrap();
        let world = World::in_folder(folder, Some("config.yaml"), |_| {}).await;
        let session = world.admin().await;
        Self { world, session }
    }

    async fn ask(&self, method: &str, body: &Value) -> Answer {
        let admin = [("x-admin-token", self.session.as_str())];
        self.world.ask(method, "/api/admin/config", &admin, body).await
    }

    fn file(&self) -> String {
        fs::read_to_string(self.world.file("config.yaml")).unwrap()
    }
}

const FILE: &str = "# mine\nproject:\n  name: file\n";

#[tokio::test]
async fn what_the_configuration_does_not_have_is_named_and_nothing_is_changed() {
    let admin = Admin::of(FILE).await;
    let before = admin.world.app.config();
    for (with, at, named) in [
        (json!({ "projct": { "name": "x" } }), json!(["body", "projct"]), vec!["\"projct\""]),
        (
            json!({ "evil": null, "worse": 1 }),
            json!(["body", "evil"]),
            vec!["\"evil\"", "\"worse\""],
        ),
        (json!({ "setup": { "initialized": false } }), json!(["body", "setup"]), vec!["\"setup\""]),
        (
            json!({ "agent": { "token": "x", "tokn": "y" } }),
            json!(["body", "agent", "token"]),
            vec!["agent.\"token\"", "agent.\"tokn\"", "registration_token"],
        ),
        (
            json!({ "lease": { "hours": 1 } }),
            json!(["body", "lease", "hours"]),
            vec!["lease.\"hours\""],
        ),
    ] {
        let mut body = json!({ "webui": { "public_feed": true } });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let answer = admin.ask("PUT", &body).await;
        answer.refused(422, "invalid");
        let problem = &answer.json()["detail"][0];
        assert_eq!(problem["loc"], at, "{}", answer.text);
        for name in named {
            assert!(problem["msg"].as_str().unwrap().contains(name), "{name}: {}", answer.text);
        }
    }
    for (section, key, value) in [
        ("agent", "registration_token", Value::Null),
        ("webui", "feed_retention_days", json!("7")),
        ("notification", "channels", json!("chat:1")),
    ] {
        let answer = admin.ask("PUT", &json!({ section: { key: value } })).await;
        answer.refused(422, "invalid");
        let problem = &answer.json()["detail"][0];
        assert_eq!(problem["loc"], json!(["body", section, key]), "{}", answer.text);
        assert!(problem["msg"].as_str().unwrap().starts_with(&format!("{section}.{key}: ")));
    }
    // A name without an end is cut, and of many only some are listed.
    let many: serde_json::Map<String, Value> =
        (0..5_000).map(|n| (format!("{n}{}", "x".repeat(100)), json!({}))).collect();
    let answer = admin.ask("PUT", &many.into()).await;
    answer.refused(422, "invalid");
    assert!(answer.text.len() < 4_000, "{}", answer.text.len());
    assert_eq!((admin.world.app.config(), admin.file().as_str()), (before, FILE));
}

#[tokio::test]
async fn what_only_the_file_can_change_is_refused_unless_it_is_as_it_was_shown() {
    let admin = Admin::of(FILE).await;
    let before = admin.world.app.config();
    for (body, named) in [
        (json!({ "lease": { "minutes": 5 } }), "lease.minutes"),
        (json!({ "server": { "port": 1, "external_url": "https://a.example" } }), "server.port"),
        (
            json!({ "server": { "external_url": "https://a.example" }, "database": { "path": "x" } }),
            "database.path",
        ),
        (json!({ "admin": { "password": "mine and secret" } }), "admin.password"),
        (json!({ "webui": { "auto_update": true } }), "webui.auto_update"),
    ] {
        let answer = admin.ask("PUT", &body).await;
        answer.refused(400, "bad_value");
        let told = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.starts_with(named) && !told.contains("secret"), "{told}");
    }
    let answer = admin.ask("PUT", &json!({ "lease": [] })).await;
    answer.refused(400, "bad_value");
    for nothing in [json!({}), json!({ "project": null }), json!({ "lease": {} })] {
        admin.ask("PUT", &nothing).await.refused(400, "bad_value");
    }
    assert_eq!((admin.world.app.config(), admin.file().as_str()), (before, FILE));
}

/// The file is its owner's: nothing is written into it.
#[tokio::test]
async fn all_that_is_shown_can_be_sent_back_and_only_what_differs_is_written() {
    let admin = Admin::of(FILE).await;
    let before = admin.world.app.config();
    let mut shown = admin.ask("GET", &Value::Null).await.ok();
    assert_eq!(shown["project"]["name"], "news", "not what the file says");
    let mut sources = json!({
        "admin.password": "api", "agent.registration_token": "file", "limits.per_key": "file", "project.name": "file", "workspace.root": "file",
    });
    assert_eq!(shown["sources"], sources);
    let saved = admin.ask("PUT", &shown).await.ok();
    let sections =
        ["agent", "limits", "notification", "project", "server", "webhooks", "webui", "workspace"];
    assert_eq!(saved["updated_keys"], json!(sections));
    assert_eq!((admin.world.app.config(), admin.file().as_str()), (before, FILE));

    shown["webui"]["public_feed"] = json!(true);
    admin.ask("PUT", &shown).await.ok();
    assert!(admin.world.app.config().webui.public_feed);
    assert_eq!(admin.file(), FILE);
    sources["webui.public_feed"] = "api".into();
    let shown = admin.ask("GET", &Value::Null).await.ok();
    assert_eq!(shown["sources"], sources);
    // Whatever somebody says of them.
    let mut again = shown.clone();
    again["sources"] = json!(["mine"]);
    admin.ask("PUT", &again).await.ok();
    assert_eq!(admin.ask("GET", &Value::Null).await.ok(), shown);
}
