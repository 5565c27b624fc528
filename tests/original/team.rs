//! A stand-in and one registered workspace for each agent.

use serde_json::Value;

use test_support::moss::Workspace;
use test_support::sample::PLAN;
use test_support::standin::{Recorded, Standin};

pub struct Team {
    pub server: Standin,
    pub planner: Workspace,
    pub executor: Workspace,
    pub other: Workspace,
    pub reviewer: Workspace,
    pub patrol: Workspace,
}

impl Team {
    /// Five agents, each registered by the real command.
    pub fn new() -> Self {
        let server = Standin::start();
        let join = |name, role| server.join(name, role);
        let planner = join("AI-Pia", "planner");
        let executor = join("AI-Wu", "executor");
        let other = join("AI-Ola", "executor");
        let reviewer = join("AI-Rev", "reviewer");
        let patrol = join("AI-Pat", "patrol");
        server.take_requests();
        Self { server, planner, executor, other, reviewer, patrol }
    }

    /// A team with one open task of two sub-tasks, one high and one medium; their ids.
    pub fn with_work() -> (Self, String, String) {
        let team = Self::new();
        team.planner.write("plan.yaml", PLAN);
        team.planner.moss(["plan", "apply", "plan.yaml"]).exits(0);
        let listed = team.planner.moss(["list", "--json"]).json();
        let id = |name: &str| {
            let items = listed["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["name"] == name).unwrap();
            item["id"].as_str().unwrap().to_owned()
        };
        team.server.take_requests();
        let (list, notes) = (id("Order list"), id("Release notes"));
        (team, list, notes)
    }

    /// What changed the server since the last call, as `POST /api/tasks/{id}/modules`, with the
    /// bodies. Every request in between must have been one the original has a route for.
    #[track_caller]
    pub fn writes(&self) -> Vec<(String, Value)> {
        let requests = self.server.take_requests();
        check_all_known(&requests);
        let writes = requests.iter().filter(|request| request.method != "GET");
        writes.map(|request| (without_ids(&request.line), request.json())).collect()
    }

    /// As [`Self::writes`], without the bodies.
    #[track_caller]
    pub fn write_lines(&self) -> Vec<String> {
        self.writes().into_iter().map(|(line, _)| line).collect()
    }

    /// The GET requests since the last call, ids replaced.
    #[track_caller]
    pub fn reads(&self) -> Vec<String> {
        let requests = self.server.take_requests();
        check_all_known(&requests);
        let reads = requests.iter().filter(|request| request.method == "GET");
        reads.map(|request| without_ids(&request.line)).collect()
    }
}

/// A remembered original is never asked for routes it lacks: there a GET answers a web page.
#[track_caller]
fn check_all_known(requests: &[Recorded]) {
    for request in requests {
        assert!(request.taken, "the original has no route for {}", request.line);
    }
}

/// Every UUID as `{id}`.
fn without_ids(line: &str) -> String {
    let is_id = |part: &&str| part.len() == 36 && part.matches('-').count() == 4;
    let parts: Vec<_> =
        line.split('/').map(|part| if is_id(&part) { "{id}" } else { part }).collect();
    parts.join("/")
}
