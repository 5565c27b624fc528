//! A server with agents and work on it, for one section of the benchmark.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use bench_tools::Connection;
use moss_api::{AgentCreated, REGISTRATION_HEADER, Role};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::server::{ADMIN_PASSWORD, Config, Launch, Process, secret};

use crate::workspace::root;

/// Sub-tasks in one plan; more goes into several.
const PLAN_SIZE: usize = 1_000;

/// A running server and the folder it lives in.
pub struct World {
    /// The server.
    pub server: Process,
    /// More of them on the same database.
    others: Vec<Process>,
    token: String,
    planner: String,
    // Last: removed after the server has gone.
    scratch: TempDir,
}

impl World {
    /// Starts a server on an empty database, on the disk this repository is on.
    pub fn start(program: &Path, mut wrapper: Command) -> Result<Self> {
        wrapper.arg(program);
        Self::launched(|folder| vec![Launch::with(wrapper, folder, &["serve"])])
    }

    /// Starts so many servers on one database that is a server.
    pub fn on(program: &Path, url: &str, servers: usize) -> Result<Self> {
        let launch = |folder: &Path| {
            Launch::with(Command::new(program), folder, &["serve"]).env("MOSS_DATABASE__URL", url)
        };
        Self::launched(|folder| (0..servers).map(|_| launch(folder)).collect())
    }

    fn launched(launches: impl FnOnce(&Path) -> Vec<Launch>) -> Result<Self> {
        let target = root().join("target");
        let scratch = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
        let token = secret();
        let config = Config {
            project: "bench",
            registration_token: &token,
            admin_password: Some(ADMIN_PASSWORD),
            ..Config::default()
        };
        Config { database: Some("data/tasks.db"), ..config }.write(scratch.path());
        let mut started = launches(scratch.path()).into_iter().map(|launch| {
            launch.try_start().map_err(|ended| anyhow!("moss-server did not start\n{ended}"))
        });
        let server = started.next().context("no server")??;
        let others = started.collect::<Result<_>>()?;
        let mut world = Self { server, others, token, planner: String::new(), scratch };
        world.planner = world.register("planner", Role::Planner)?;
        Ok(world)
    }

    /// Where all servers are, with commas between.
    pub fn addresses(&self) -> String {
        let all = std::iter::once(&self.server).chain(&self.others);
        all.map(Process::address).collect::<Vec<_>>().join(",")
    }

    /// Stops the server, and fails when it does not end as it should.
    pub fn stop(self) -> Result<()> {
        for server in std::iter::once(self.server).chain(self.others) {
            let ended = server.terminate();
            ensure!(ended.status.success(), "moss-server stopped with {ended}");
        }
        Ok(())
    }

    /// A path in the scratch folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The folder the database is in.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The registration token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Registers an agent and says its key.
    pub fn register(&self, name: &str, role: Role) -> Result<String> {
        let body = json!({ "name": name, "role": role }).to_string();
        let header = format!("{REGISTRATION_HEADER}: {}\r\n", self.token);
        let mut connection = Connection::open(self.server.address(), "none")?;
        let (status, answer) =
            connection.ask_with("POST", "/api/agents/register", &header, &body)?;
        ensure!(status == 200, "registering {name}: {status} {answer}");
        Ok(serde_json::from_str::<AgentCreated>(&answer)?.api_key)
    }

    /// Registers executors; their keys.
    pub fn executors(&self, prefix: &str, count: usize) -> Result<Vec<String>> {
        (0..count).map(|n| self.register(&format!("{prefix}-{n}"), Role::Executor)).collect()
    }

    /// A connection of an agent's own.
    pub fn connect(&self, key: &str) -> Result<Connection> {
        Ok(Connection::open(self.server.address(), key)?)
    }

    /// Plans so many pending sub-tasks and says their ids.
    pub fn seed(&self, name: &str, count: usize) -> Result<Vec<String>> {
        self.seed_with(name, count, &json!({}))
    }

    /// A connection of the planner's.
    pub fn planner(&self) -> Result<Connection> {
        self.connect(&self.planner)
    }

    /// The same, of sub-tasks with something besides.
    pub fn seed_with(&self, name: &str, count: usize, more: &Value) -> Result<Vec<String>> {
        let mut planner = self.planner()?;
        let mut ids = Vec::with_capacity(count);
        for from in (0..count).step_by(PLAN_SIZE) {
            let numbers = from..count.min(from + PLAN_SIZE);
            let sub_tasks: Vec<_> = numbers.map(|number| sub_task(number, more)).collect();
            let plan =
                json!({ "task": { "name": format!("{name} {from}") }, "sub_tasks": sub_tasks });
            let (status, answer) = planner.ask("POST", "/api/plans", &plan.to_string())?;
            ensure!(status == 200, "planning: {status} {answer}");
            let outcome: Value = serde_json::from_str(&answer)?;
            let items = outcome["sub_tasks"].as_array().context("a plan without sub-tasks")?;
            ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
        }
        ensure!(ids.len() == count, "planned {} of {count}", ids.len());
        Ok(ids)
    }
}

/// As long as real ones are.
fn sub_task(number: usize, more: &Value) -> Value {
    let priority = ["high", "medium", "low"][number % 3];
    let mut sub_task = json!({
        "name": format!("Sub-task {number}"),
        "description": "Read the order list from the API, page by page, and write it to a file.",
        "deliverable": "orders.py and its tests",
        "acceptance": "GET /orders pages by 20; an empty list works; the tests pass",
        "priority": priority,
    });
    if let (Some(sub_task), Some(more)) = (sub_task.as_object_mut(), more.as_object()) {
        sub_task.extend(more.clone());
    }
    sub_task
}
