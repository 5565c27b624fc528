//! Two servers whose own clocks are twenty minutes apart: the database's counts.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use test_support::database::{Cluster, Kind};
use test_support::http::Request;
use test_support::needs::POSTGRES;
use test_support::server::{Launch, Process, configure};

use crate::team::{Agent, register};

test_support::tests![no_lease_ends_early needs [POSTGRES, "faketime"]];

/// How long a lease is here, in minutes: shorter than what the clocks are apart.
const LEASE: u32 = 5;

/// A server that believes it is so much later, or earlier.
fn server(folder: &TempDir, url: &str, off: &str) -> Process {
    configure(folder.path(), "unused.db");
    Launch::new(folder.path())
        .env("LD_PRELOAD", &library())
        .env("FAKETIME", off)
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("MOSS_DATABASE__URL", url)
        .env("MOSS_LEASE__MINUTES", &LEASE.to_string())
        .env("MOSS_LEASE__ORIGINAL_CLIENT_MINUTES", &LEASE.to_string())
        .env("MOSS_LEASE__SWEEP_SECONDS", "1")
        .start()
}

/// What makes a program believe it. The command of that name would stand between us and the server.
fn library() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|folder| folder.path());
    let mut libraries = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    libraries.find(|library| library.is_file()).unwrap().display().to_string()
}

fn post(
    server: &Process,
    agent: &Agent,
    path: &str,
    body: &serde_json::Value,
) -> serde_json::Value {
    let reply = Request::new("POST", path).bearer(&agent.key).json(body).send(server.url());
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn no_lease_ends_early() {
    let cluster = Cluster::shared(Kind::Postgres);
    let database = cluster.database();
    let url = cluster.url("moss", &database);
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let (fast, slow) = (server(&folders[0], &url, "+10m"), server(&folders[1], &url, "-10m"));
    let planner = register(&fast, "planner", "planner");
    let plan = json!({ "task": { "name": "t" }, "sub_tasks": [{ "name": "a" }, { "name": "b" }] });
    post(&slow, &planner, "/api/plans", &plan);
    for (server, name) in [(&fast, "one"), (&slow, "other")] {
        let executor = register(server, name, "executor");
        post(server, &executor, "/api/sub-tasks/claim-next", &json!({}));
    }
    // Both have swept by then.
    std::thread::sleep(Duration::from_secs(4));
    let seconds_left = "SELECT ROUND(lease_until / 1e6 - EXTRACT(EPOCH FROM clock_timestamp())) \
                        FROM sub_tasks WHERE status = 'assigned' AND attempt = 1";
    let left: Vec<f64> =
        cluster.sql(&database, seconds_left).lines().map(|line| line.parse().unwrap()).collect();
    let lease = f64::from(LEASE * 60);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|left| *left <= lease && *left > lease - 60.0), "{left:?}");
    for server in [fast, slow] {
        server.terminate().exits(0);
    }
}
