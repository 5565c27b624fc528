//! A server with a planner, executors and reviewers on it.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::Audit;
use crate::connection::{Answer, Connection, request};
use test_support::database::Place;
use test_support::http::Request;
use test_support::moss::Workspace;
use test_support::server::{Config, Launch, Process, REGISTRATION_TOKEN};

#[derive(Clone)]
pub struct Agent {
    pub id: String,
    pub name: String,
    pub key: String,
}

pub struct Team {
    pub server: Process,
    pub folder: TempDir,
    /// Where its database is.
    pub place: Place,
    pub planner: Agent,
    pub executors: Vec<Agent>,
    pub reviewers: Vec<Agent>,
}

/// Registers one agent.
pub fn register(server: &Process, name: &str, role: &str) -> Agent {
    let body = json!({ "name": name, "role": role });
    let reply = Request::new("POST", "/api/agents/register")
        .header("x-registration-token", REGISTRATION_TOKEN)
        .json(&body)
        .send(server.url());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let made = reply.json();
    let field = |name: &str| made[name].as_str().unwrap().to_owned();
    Agent { id: field("id"), name: name.to_owned(), key: field("api_key") }
}

impl Team {
    /// On whichever database the tests are asked to run on.
    pub fn start(executors: usize, reviewers: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let place = Config::default().write(folder.path());
        let server = Launch::new(folder.path()).start();
        Self { place, ..Self::on(server, folder, executors, reviewers) }
    }

    /// Registers the agents on a server that is up, with SQLite.
    pub fn on(server: Process, folder: TempDir, executors: usize, reviewers: usize) -> Self {
        let several = |count, role: &str| -> Vec<Agent> {
            (1..=count).map(|n| register(&server, &format!("{role}-{n}"), role)).collect()
        };
        let planner = register(&server, "planner", "planner");
        let (executors, reviewers) =
            (several(executors, "executor"), several(reviewers, "reviewer"));
        let place = Place::File(folder.path().join("tasks.db"));
        Self { server, folder, place, planner, executors, reviewers }
    }

    /// A look into the database, whichever it is.
    pub fn audit(&self) -> Audit {
        Audit::of(&self.place)
    }

    /// The file of SQLite.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("tasks.db")
    }

    /// A task of so many sub-tasks, open for work. Answers its id and theirs.
    pub fn plan(&self, name: &str, count: usize) -> (String, Vec<String>) {
        let sub_tasks: Vec<Value> =
            (0..count).map(|n| json!({ "name": format!("{name} {n}") })).collect();
        let plan = json!({ "task": { "name": name }, "sub_tasks": sub_tasks });
        let made = self.must(&self.planner, "POST", "/api/plans", &plan);
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        (id(&made["task"]), made["sub_tasks"].as_array().unwrap().iter().map(id).collect())
    }

    /// One request of an agent.
    pub fn ask(&self, agent: &Agent, method: &str, path: &str, body: &Value) -> Answer {
        let mut connection = Connection::open(self.server.address()).unwrap();
        connection.ask(&request(method, path, &agent.key, "", body)).unwrap()
    }

    /// The same, which must succeed.
    #[track_caller]
    pub fn must(&self, agent: &Agent, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(agent, method, path, body);
        assert_eq!(
            answer.status,
            200,
            "{method} {path}: {}\n{}",
            answer.body,
            self.server.stderr()
        );
        answer.json()
    }

    /// A workspace in which `moss` is this agent.
    pub fn workspace(&self, agent: &Agent) -> Workspace {
        Workspace::new().env("MOSS_SERVER", self.server.url()).env("MOSS_API_KEY", &agent.key)
    }
}
