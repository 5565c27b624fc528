//! One server with one agent of each role, and a second executor.

use std::collections::HashMap;

use serde_json::{Value, json};

use test_support::http::{Reply, Request};
use test_support::server::{self, Server};
use test_support::standin::{self, Standin};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The stand-in of the original server.
    Original,
    /// `moss-server` itself.
    Ours,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Nobody,
    /// A host that knows the registration token.
    Host,
    Admin,
    Planner,
    Executor,
    OtherExecutor,
    Reviewer,
    Patrol,
}

enum Backend {
    Original(Standin),
    Ours(Server),
}

pub struct World {
    backend: Backend,
    /// Values for `{name}` in paths, bodies and shapes.
    vars: HashMap<String, String>,
}

const AGENTS: [(&str, &str); 5] = [
    ("planner", "planner"),
    ("executor", "executor"),
    ("other", "executor"),
    ("reviewer", "reviewer"),
    ("patrol", "patrol"),
];

impl World {
    pub fn new(target: Target) -> Self {
        let (backend, token, password) = match target {
            Target::Original => (
                Backend::Original(Standin::start()),
                standin::REGISTRATION_TOKEN,
                standin::ADMIN_PASSWORD,
            ),
            Target::Ours => {
                (Backend::Ours(Server::start()), server::REGISTRATION_TOKEN, server::ADMIN_PASSWORD)
            }
        };
        let mut world = Self { backend, vars: HashMap::new() };
        world.set("registration_token", token);
        world.set("admin_password", password);
        world.set("nowhere", "00000000-0000-4000-8000-000000000000");
        for (name, role) in AGENTS {
            let body = json!({ "name": format!("AI-{name}"), "role": role });
            let request = world.by(By::Host, Request::new("POST", "/api/agents/register"));
            let made = world.must(request.json(&body));
            world.set(&format!("{name}_id"), made["id"].as_str().unwrap());
            world.set(&format!("{name}_key"), made["api_key"].as_str().unwrap());
        }
        let body = json!({ "password": password });
        let login = world.must(Request::new("POST", "/api/admin/login").json(&body));
        world.set("admin_token", login["token"].as_str().unwrap());
        world
    }

    pub fn target(&self) -> Target {
        match self.backend {
            Backend::Original(_) => Target::Original,
            Backend::Ours(_) => Target::Ours,
        }
    }

    pub fn send(&self, request: &Request) -> Reply {
        match &self.backend {
            Backend::Original(standin) => request.send(&standin.url()),
            Backend::Ours(server) => request.send(server.url()),
        }
    }

    /// What the server printed, to explain a failure.
    pub fn log(&self) -> String {
        match &self.backend {
            Backend::Original(_) => String::new(),
            Backend::Ours(server) => server.log(),
        }
    }

    /// Adds the caller's credentials.
    pub fn by(&self, by: By, request: Request) -> Request {
        let key = |name: &str| self.fill(&format!("{{{name}}}"));
        match by {
            By::Nobody => request,
            By::Host => request.header("x-registration-token", &key("registration_token")),
            By::Admin => request.header("x-admin-token", &key("admin_token")),
            By::Planner => request.bearer(&key("planner_key")),
            By::Executor => request.bearer(&key("executor_key")),
            By::OtherExecutor => request.bearer(&key("other_key")),
            By::Reviewer => request.bearer(&key("reviewer_key")),
            By::Patrol => request.bearer(&key("patrol_key")),
        }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.insert(name.into(), value.into());
    }

    /// Replaces every known `{name}`.
    pub fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.vars {
            if text.contains('{') {
                text = text.replace(&format!("{{{name}}}"), value);
            }
        }
        text
    }

    /// [`Self::fill`] in every text of a JSON value.
    pub fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|v| self.fill_json(v)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(k, v)| (k.clone(), self.fill_json(v))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn must(&self, request: Request) -> Value {
        let reply = self.send(&request);
        assert_eq!(reply.status, 200, "{request:?}\n{}\n{}", reply.text(), self.log());
        reply.json()
    }
}
