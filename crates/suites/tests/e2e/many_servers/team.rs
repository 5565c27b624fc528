//! Three servers on one database behind a load balancer, and executors that work through it with the
//! real command, whatever happens to the servers and the database.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::database::Cluster;
use test_support::http::Request;
use test_support::moss::Workspace;
use test_support::server::{Launch, Process, configure};

use crate::many_servers::balancer::Balancer;
use crate::team::{Agent, register};

pub const SERVERS: usize = 3;

/// Longest a client is without an answer while the servers are disturbed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that can be killed and started again.
pub struct Server {
    folder: TempDir,
    url: String,
    /// None while it is dead.
    process: Mutex<Option<Process>>,
}

impl Server {
    fn start(url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        configure(folder.path(), "unused.db");
        let process = Mutex::new(Some(launch(folder.path(), url)));
        Self { folder, url: url.to_owned(), process }
    }
}

fn launch(folder: &Path, url: &str) -> Process {
    Launch::new(folder).env("MOSS_DATABASE__URL", url).start()
}

pub struct Team<'a> {
    pub cluster: &'a Cluster,
    pub database: String,
    pub servers: Vec<Server>,
    pub balancer: Balancer,
    executors: Vec<Agent>,
    planner: Agent,
}

/// What was acknowledged.
#[derive(Default)]
pub struct Acknowledged {
    /// Sub-tasks that were claimed.
    pub claimed: Vec<String>,
    /// Sub-tasks that were handed in, with the summary.
    pub handed_in: Vec<(String, String)>,
}

impl<'a> Team<'a> {
    /// `ways` leads each server to the database.
    pub fn start(
        cluster: &'a Cluster,
        executors: usize,
        way: impl Fn(usize, &str) -> String,
    ) -> Self {
        let database = cluster.database();
        let servers: Vec<_> =
            (0..SERVERS).map(|n| Server::start(&way(n, &cluster.url("moss", &database)))).collect();
        let address =
            |server: &Server| server.process.lock().unwrap().as_ref().unwrap().address().to_owned();
        let balancer = Balancer::before(servers.iter().map(address).collect());
        let first = servers[0].process.lock().unwrap();
        let first_server = first.as_ref().unwrap();
        let planner = register(first_server, "planner", "planner");
        let executors = (0..executors)
            .map(|n| register(first_server, &format!("executor-{n}"), "executor"))
            .collect();
        drop(first);
        Self { cluster, database, servers, balancer, executors, planner }
    }

    /// SIGKILL, and the same server again a moment later.
    pub fn kill(&self, number: usize) {
        self.end(number);
        std::thread::sleep(Duration::from_millis(200));
        self.begin_again(number);
    }

    /// SIGKILL.
    pub fn end(&self, number: usize) {
        if let Some(mut alive) = self.servers[number].process.lock().unwrap().take() {
            alive.kill();
        }
    }

    /// The same server again.
    pub fn begin_again(&self, number: usize) {
        let server = &self.servers[number];
        let again = launch(server.folder.path(), &server.url);
        self.balancer.replace(number, again.address());
        *server.process.lock().unwrap() = Some(again);
    }

    /// Where an executor works.
    pub fn workspace(&self, executor: usize) -> Workspace {
        self.workspace_of(&self.executors[executor])
    }

    fn workspace_of(&self, executor: &Agent) -> Workspace {
        Workspace::new().env("MOSS_SERVER", &self.balancer.url()).env("MOSS_API_KEY", &executor.key)
    }

    /// A task of so many sub-tasks; their ids.
    pub fn plan(&self, count: usize) -> Vec<String> {
        let items: Vec<_> = (0..count).map(|n| json!({ "name": format!("work {n}") })).collect();
        let plan = json!({ "task": { "name": "work" }, "sub_tasks": items });
        let made = self.ask(&self.planner, "POST", "/api/plans", &plan);
        let items = made["sub_tasks"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    fn ask(&self, agent: &Agent, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::new(method, path).bearer(&agent.key);
        let request = if body.is_null() { request } else { request.json(body) };
        let reply = request.send(&self.balancer.url());
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.text());
        reply.json()
    }

    /// Every executor claims and hands in with `moss` until there is nothing left, while `disturb` is
    /// called again and again.
    pub fn work(&self, mut disturb: impl FnMut(u32) + Send) -> Acknowledged {
        let (all, is_over) = (Mutex::new(Acknowledged::default()), AtomicBool::new(false));
        let began = Instant::now();
        std::thread::scope(|scope| {
            let working: Vec<_> = self
                .executors
                .iter()
                .map(|executor| scope.spawn(|| self.work_of(executor, began, &all)))
                .collect();
            let (is_over, disturb) = (&is_over, &mut disturb);
            let disturbing = scope.spawn(move || {
                for round in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    disturb(round);
                }
            });
            for one in working {
                one.join().unwrap();
            }
            is_over.store(true, Ordering::Relaxed);
            disturbing.join().unwrap();
        });
        all.into_inner().unwrap()
    }

    fn work_of(&self, executor: &Agent, began: Instant, all: &Mutex<Acknowledged>) {
        let workspace = self.workspace_of(executor);
        let mut unfinished: Vec<String> = Vec::new();
        loop {
            assert!(began.elapsed() < PATIENCE, "the work does not come to its end");
            let ran = workspace.moss(["claim", "--start", "--json"]);
            let mut seen = all.lock().unwrap();
            match ran.code {
                0 => {
                    let id = ran.json()["id"].as_str().unwrap().to_owned();
                    seen.claimed.push(id.clone());
                    unfinished.push(id);
                }
                3 => break,
                7 => {}
                _ => panic!("{ran}"),
            }
            drop(seen);
            unfinished.retain(|id| !hand_in(&workspace, id, all));
        }
        while !unfinished.is_empty() {
            assert!(began.elapsed() < PATIENCE, "{unfinished:?} cannot be handed in");
            unfinished.retain(|id| !hand_in(&workspace, id, all));
        }
    }

    /// Nothing that was acknowledged is lost, nothing was given out twice, and every invariant holds.
    pub fn is_whole(&self, ids: &[String], done: &Acknowledged) {
        let distinct: HashSet<_> = done.claimed.iter().collect();
        assert_eq!(distinct.len(), done.claimed.len(), "something was given out twice");
        let rows = self.sql(
            "SELECT s.id || ' ' || s.status || ' ' || COALESCE(a.summary, '') FROM sub_tasks s \
             LEFT JOIN attempts a ON a.sub_task_id = s.id AND a.number = s.attempt",
        );
        let rows: HashSet<&str> = rows.lines().collect();
        for (id, summary) in &done.handed_in {
            let row = format!("{id} review {summary}");
            assert!(rows.contains(row.as_str()), "{row} is lost");
        }
        // An answer may be lost with all its repeats; what it gave out is held by whom it was for.
        let attempts = self.sql("SELECT COUNT(*) FROM attempts").parse::<usize>().unwrap();
        assert_eq!(attempts, ids.len(), "each was begun once");
        let (heard, all) = (done.claimed.len(), ids.len());
        assert!(heard * 10 >= all * 9, "{heard} of {all}: repeats are of no use");
        let folder = TempDir::new().unwrap();
        let url = self.cluster.url("moss", &self.database);
        let verified = Launch::command(folder.path(), &["verify", "--database", &url]).ends();
        assert!(verified.status.success(), "{verified}");
    }

    pub fn sql(&self, sql: &str) -> String {
        self.cluster.sql(&self.database, sql)
    }
}

/// Hands one in; false when that is to be tried again.
fn hand_in(workspace: &Workspace, id: &str, all: &Mutex<Acknowledged>) -> bool {
    let summary = format!("made by hand: {id}");
    let ran = workspace.moss(["submit", id, "--summary", &summary]);
    let mut seen = all.lock().unwrap();
    match ran.code {
        0 => {
            seen.handed_in.push((id.to_owned(), summary));
            true
        }
        7 => false,
        _ => panic!("{ran}"),
    }
}
