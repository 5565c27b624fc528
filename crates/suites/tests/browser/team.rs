//! A server with a team at work on it.

use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::http::Request;
use test_support::server::{Config, Launch, Process, REGISTRATION_TOKEN};

use crate::chromium::Browser;

pub const PASSWORD: &str = "correct horse battery";
/// What agents write to be more than text.
const HOSTILE: &str =
    "</textarea><script>document.title='no'</script><b onclick=x>&amp; \u{202e}gnp.exe";

pub struct Team {
    pub server: Process,
    _folder: TempDir,
    pub planner: String,
    pub executor: String,
    pub reviewer: String,
    /// Of each status one.
    pub sub_tasks: Vec<String>,
    pub task: String,
}

impl Team {
    /// One whose agents have done, rejected, blocked and asked.
    pub fn at_work() -> Self {
        let folder = TempDir::new().unwrap();
        Config { admin_password: Some(PASSWORD), ..Config::default() }.write(folder.path());
        let server = Launch::new(folder.path()).start();
        let register = |name: &str, role: &str| {
            let new = Request::new("POST", "/api/agents/register")
                .json(&json!({ "name": name, "role": role }));
            let made =
                new.header("x-registration-token", REGISTRATION_TOKEN).send(server.url()).json();
            made["api_key"].as_str().unwrap().to_owned()
        };
        let (planner, executor, reviewer) = (
            register("AI-Plan", "planner"),
            register("AI-Wu", "executor"),
            register("AI-Lin", "reviewer"),
        );
        let mut team = Self {
            server,
            _folder: folder,
            planner,
            executor,
            reviewer,
            sub_tasks: Vec::new(),
            task: String::new(),
        };
        team.work();
        team
    }

    /// One request of an agent, which must succeed.
    pub fn must(&self, key: &str, method: &str, path: &str, body: &Value) -> Value {
        let answer = Request::new(method, path).bearer(key).json(body).send(self.server.url());
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer.json()
    }

    fn work(&mut self) {
        let names = ["Oven", "Flour & <b>salt</b>", "面包", "Shop sign", "Opening hours", "Prices"];
        let parts = names.map(|name| json!({
            "name": name, "module": "Bakery", "description": HOSTILE, "deliverable": HOSTILE, "acceptance": "It is there.",
        }));
        let plan = json!({
            "task": { "name": "A site for the bakery", "description": HOSTILE },
            "modules": [{ "name": "Bakery" }], "sub_tasks": parts,
        });
        let made = self.must(&self.planner, "POST", "/api/plans", &plan);
        let id = |item: &Value| item["id"].as_str().map(str::to_owned);
        self.task = id(&made["task"]).unwrap();
        self.sub_tasks = made["sub_tasks"].as_array().unwrap().iter().filter_map(id).collect();
        for (n, id) in self.sub_tasks.iter().take(4).enumerate() {
            let act = |what: &str, body: Value| {
                self.must(&self.executor, "POST", &format!("/api/sub-tasks/{id}/{what}"), &body);
            };
            act("claim", json!({}));
            act("start", json!({ "session_id": "s" }));
            match n {
                0 | 1 => {
                    act("submit", json!({ "summary": HOSTILE }));
                    let (result, score) = if n == 0 { ("approved", 5) } else { ("rejected", 1) };
                    let verdict = json!({
                        "sub_task_id": id, "attempt": 1, "result": result, "score": score, "comment": HOSTILE, "issues": HOSTILE,
                    });
                    self.must(&self.reviewer, "POST", "/api/review-records", &verdict);
                }
                // What the planner was asked once already goes to a person.
                2 => {
                    let unclear = json!({ "class": "unclear", "detail": "Which oven?" });
                    act("fail", unclear.clone());
                    let path = format!("/api/sub-tasks/{id}/release");
                    self.must(&self.planner, "POST", &path, &json!({ "reason": "Any" }));
                    act("claim", json!({}));
                    act("start", json!({ "session_id": "s" }));
                    act("fail", unclear);
                }
                _ => act("submit", json!({ "summary": "made" })),
            }
        }
        let log =
            json!({ "action": "reflection", "summary": HOSTILE, "sub_task_id": self.sub_tasks[0] });
        self.must(&self.executor, "POST", "/api/logs", &log);
        let ask = json!({ "question": "Rye or wheat?" });
        self.must(&self.planner, "POST", &format!("/api/tasks/{}/ask", self.task), &ask);
    }

    /// A browser of the person in charge, signed in.
    pub async fn browser(&self) -> Browser {
        let browser = Browser::open(self.server.url()).await;
        browser.go("/login").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        browser.says("Needs you (").await;
        browser
    }

    /// The id of the agent with this name.
    pub fn agent(&self, name: &str) -> String {
        let all = self.must(&self.planner, "GET", "/api/agents", &json!({}));
        let one = all.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
        one["id"].as_str().unwrap().to_owned()
    }
}
