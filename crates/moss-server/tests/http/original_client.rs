//! The original's client on this server: what its `update` writes over what it has, and the words
//! its agents are spoken to in.

use std::fs;

use moss_server::domain::rules::first_rules;
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, World};

/// As `requests` asks, and as `urllib` does.
const PYTHON: [&str; 2] = ["python-requests/2.32.3", "Python-urllib/3.12"];

async fn ask(world: &World, agent: &Agent, client: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {}", agent.key());
    let headers = [("authorization", bearer.as_str()), ("user-agent", client)];
    world.ask("GET", path, &headers, &Value::Null).await
}

/// A server whose operator keeps this client.
async fn with_client(client: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("compat")).unwrap();
    fs::write(folder.path().join("compat/task-cli.py"), client).unwrap();
    World::in_folder(folder, Some("config.yaml"), |config| {
        config.server.external_url = "https://moss.example.com".to_owned();
    })
    .await
}

#[tokio::test]
async fn without_the_client_there_is_nothing_to_update_and_nothing_is_changed() {
    let world = World::new().await;
    let agent = world.agent("executor", "AI-Wu").await;
    for client in PYTHON {
        for path in ["/api/tools/cli", "/api/agents/me/skill"] {
            let gone = ask(&world, &agent, client, path).await;
            gone.refused(410, "gone");
            assert_eq!(
                gone.json()["detail"],
                "this server has no task-cli.py: keep the client and the SKILL.md you have"
            );
        }
        for version in ["", "?cli_version=1", "?cli_version=2"] {
            let rules = ask(&world, &agent, client, &format!("/api/rules{version}")).await.ok();
            let told = (&rules["update_available"], &rules["update_instructions"]);
            assert_eq!(told, (&json!(false), &json!("")), "{version}");
        }
    }
}

/// It would be written over the one that an agent has, and ask a server of somebody else's.
#[tokio::test]
async fn a_client_that_cannot_be_told_where_this_server_is_is_not_served() {
    for client in ["", "import requests\nBASE_URL = os.environ[\"SERVER\"]\n"] {
        let world = with_client(client).await;
        let agent = world.agent("executor", "AI-Wu").await;
        for path in ["/api/tools/cli", "/api/agents/me/skill"] {
            ask(&world, &agent, PYTHON[0], path).await.refused(410, "gone");
        }
        let rules = ask(&world, &agent, PYTHON[0], "/api/rules?cli_version=1").await.ok();
        assert_eq!(rules["update_available"], json!(false));
    }
}

#[tokio::test]
async fn with_the_client_both_are_served_and_name_this_server() {
    let world =
        with_client("import requests\nBASE_URL = \"http://192.168.1.2:6565\"\nCLI_VERSION = 2\n")
            .await;
    for role in ["planner", "executor", "reviewer", "patrol"] {
        let agent = world.agent(role, role).await;
        for python in PYTHON {
            let client = ask(&world, &agent, python, "/api/tools/cli").await;
            assert_eq!(client.headers["content-type"], "text/plain; charset=utf-8");
            assert_eq!(
                client.text,
                "import requests\nBASE_URL = \"https://moss.example.com\"\nCLI_VERSION = 2\n"
            );
            let skill = ask(&world, &agent, python, "/api/agents/me/skill").await;
            assert_eq!(skill.status, 200, "{}", skill.text);
            assert_eq!(skill.headers["cache-control"], "no-store");
            // The agent's one copy of its key is in the file that is written over.
            let command = format!("`python task-cli.py --key {}`", agent.key());
            assert!(skill.text.contains(&command), "{}", skill.text);
            assert!(skill.text.contains("\nServer: https://moss.example.com\n"), "{}", skill.text);
            assert!(skill.text.starts_with(&format!("---\nname: task-{role}-skill\n")));
            assert!(!skill.text.contains("moss wake"), "{}", skill.text);
        }
        let own = ask(&world, &agent, "moss/0.1.0", "/api/agents/me/skill").await;
        assert!(own.text.contains("moss wake") && !own.text.contains("task-cli"), "{}", own.text);
    }
    let agent = world.agent("executor", "AI-Wu").await;
    let old = ask(&world, &agent, PYTHON[0], "/api/rules?cli_version=1").await.ok();
    assert_eq!(
        (&old["update_available"], &old["latest_version"], &old["update_instructions"]),
        (
            &json!(true),
            &json!(2),
            &json!("python task-cli.py --key <API_KEY> update fetches the client and the skill.")
        )
    );
    let current = ask(&world, &agent, PYTHON[0], "/api/rules?cli_version=2").await.ok();
    assert_eq!(current["update_available"], json!(false));
}

#[tokio::test]
async fn the_first_rules_speak_as_their_reader_does() {
    let world = World::new().await;
    let first = first_rules(world.app.store.read()).await.unwrap().unwrap();
    world.app.writer.write(first, None).await.unwrap();
    let agent = world.agent("executor", "AI-Wu").await;
    let rules = async |client: &str, query: &str| {
        let answer = ask(&world, &agent, client, &format!("/api/rules{query}")).await.ok();
        answer["content"].as_str().unwrap().to_owned()
    };
    let ours = rules("moss/0.1.0", "?cli_version=2147483647").await;
    assert!(ours.contains("write down: `moss log add plan \"…\"`."), "{ours}");
    assert!(ours.contains("report it with `moss fail`."), "{ours}");
    for query in ["", "?cli_version=1", "?cli_version=2"] {
        let theirs = rules(PYTHON[0], query).await;
        assert!(theirs.contains("write down: `task-cli.py log create plan \"…\"`."), "{theirs}");
        let give_up = "report it with `task-cli.py log create blocked \"…\" --sub-task-id ID`.";
        assert!(theirs.contains(give_up), "{theirs}");
        assert!(!theirs.contains("moss ") && !theirs.contains("{{"), "{theirs}");
    }
    let packet = world.get(&agent, "/api/wake").await.ok();
    assert_eq!(packet["rules"]["content"], json!(ours));
}
